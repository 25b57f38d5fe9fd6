using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Checkpoints.Safetensors;

namespace Microsoft.ML.Asft.Checkpoints.Fingerprints;

/// <summary>
/// Caches fingerprints in the user's cache folder, one small file per model folder. A cached fingerprint is used only while every file of
/// the model has the same length, modification time and samples.
/// </summary>
/// <param name="folder">The folder of the cache.</param>
/// <param name="clock">The time.</param>
internal sealed class FingerprintCache(string folder, TimeProvider clock)
{
    // A file that changes twice within the file system's tick keeps its time, so recently changed files are not cached.
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(2);

    public static FingerprintCache Default { get; } = new(
        Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
            "Microsoft.ML.Asft", "fingerprints"),
        TimeProvider.System);

    /// <summary>Gets the fingerprint of a model's folder.</summary>
    /// <param name="model">The model's folder.</param>
    /// <param name="compute">Computes it.</param>
    public string Get(string model, Func<string> compute)
    {
        string full = Path.GetFullPath(model);
        string file = Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(full)))[..32]);
        string stamp = Stamp(full, out bool isSettled);
        if (Read(file) is [var known, var fingerprint] && known == stamp)
        {
            return fingerprint;
        }

        fingerprint = compute();
        if (isSettled && Stamp(full, out _) == stamp)
        {
            Write(file, $"{stamp}\n{fingerprint}\n");
        }

        return fingerprint;
    }

    private string Stamp(string model, out bool isSettled)
    {
        var stamp = new StringBuilder(SampledFingerprint.OfModel(model));
        isSettled = true;
        foreach (string name in (string[])[ModelConfig.FileName, .. TensorSource.FilesOf(model)])
        {
            var file = new FileInfo(Path.Combine(model, name));
            stamp.Append(CultureInfo.InvariantCulture, $" {file.Length}:{file.LastWriteTimeUtc.Ticks}");
            isSettled &= clock.GetUtcNow().UtcDateTime - file.LastWriteTimeUtc > Tick;
        }

        return stamp.ToString();
    }

    private static string[] Read(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];  // nothing is cached
        }
    }

    // Without a writable cache folder, the fingerprint is computed at every start.
    private void Write(string file, string text)
    {
        try
        {
            Directory.CreateDirectory(folder);
            AtomicFile.WriteText(file, text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }
}
