using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.ML.Asft.Checkpoints;

namespace Microsoft.ML.Asft.Training.Checkpointing;

/// <summary>The list of a checkpoint's files with their lengths and SHA-256 hashes. It is written last.</summary>
internal static class CheckpointManifest
{
    public const string FileName = "manifest.json";

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>Writes the list of a folder's files.</summary>
    public static void Write(string folder)
    {
        var files = new SortedDictionary<string, Entry>(StringComparer.Ordinal);
        foreach (string path in Directory.EnumerateFiles(folder))
        {
            files.Add(Path.GetFileName(path), EntryOf(path));
        }

        AtomicFile.WriteText(Path.Combine(folder, FileName), JsonSerializer.Serialize(files, Json));
    }

    /// <summary>Compares a folder's files with the list.</summary>
    /// <returns>The problem; <see langword="null"/> if there is none.</returns>
    public static string? Verify(string folder)
    {
        try
        {
            string list = File.ReadAllText(Path.Combine(folder, FileName));
            var files = JsonSerializer.Deserialize<Dictionary<string, Entry>>(list, Json)!;
            var wrong = files.FirstOrDefault(file => EntryOf(Path.Combine(folder, file.Key)) != file.Value);
            return files.Count == 0 ? $"{FileName} is empty" : wrong.Key is { } name ? $"{name} has changed since it was written" : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            return e is FileNotFoundException missing ? $"{Path.GetFileName(missing.FileName)} is missing" : e.Message.TrimEnd('.');
        }
    }

    private static Entry EntryOf(string path)
    {
        using var stream = File.OpenRead(path);
        return new Entry(stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream)));
    }

    private sealed record Entry(long Bytes, string Sha256);
}
