using System.Globalization;
using Microsoft.ML.Asft.Diagnostics;

namespace Microsoft.ML.Asft.Training.Checkpointing;

/// <summary>
/// The checkpoints of a run, a folder each, named by their step. A folder of such a name is whole: it was written and flushed
/// under another name first. What is found damaged all the same is passed over.
/// </summary>
/// <param name="folder">The folder of the folders.</param>
/// <param name="warn">Receives a warning about damaged ones.</param>
internal sealed class CheckpointStore(string folder, Action<string> warn)
{
    private const string Prefix = "step-";
    private const string Unfinished = ".unfinished-";

    /// <summary>Gets the folder of the folders.</summary>
    public string Folder => folder;

    /// <summary>Writes a checkpoint whole or not at all.</summary>
    /// <param name="step">Its step.</param>
    /// <param name="write">Writes its files into the folder it is given, and flushes them.</param>
    /// <returns>The checkpoint's folder.</returns>
    /// <exception cref="IOException">There is no room; nothing is left of it.</exception>
    public string Save(int step, Action<string> write)
    {
        using var activity = AsftActivities.Start(AsftActivities.Save);
        string temporary = Path.Combine(folder, Unfinished + Path.GetRandomFileName());
        string path = PathOf(step);
        Directory.CreateDirectory(temporary);
        try
        {
            write(temporary);
            CheckpointManifest.Write(temporary);
            Delete(path);
            Directory.Move(temporary, path);
            return path;
        }
        catch
        {
            Directory.Delete(temporary, recursive: true);
            throw;
        }
    }

    /// <summary>Finds the latest checkpoint whose files are what was written.</summary>
    public string? FindLatest()
    {
        foreach (var (_, path) in All())
        {
            if (CheckpointManifest.Verify(path) is not { } problem)
            {
                return path;
            }

            warn($"The checkpoint '{path}' is damaged and passed over: {problem}.");
        }

        return null;
    }

    /// <summary>Deletes all but the latest ones and those named.</summary>
    public void Prune(int keepLast, params int?[] keepSteps)
    {
        foreach (var (step, path) in All().Skip(keepLast).Where(checkpoint => !keepSteps.Contains(checkpoint.Step)))
        {
            Delete(path);
        }
    }

    /// <summary>Deletes what a run that was killed left half-written.</summary>
    public void Sweep()
    {
        if (Directory.Exists(folder))
        {
            foreach (string path in Directory.EnumerateDirectories(folder, $"{Unfinished}*"))
            {
                Directory.Delete(path, recursive: true);
            }
        }
    }

    /// <summary>The folder of the checkpoint of a step.</summary>
    public string PathOf(int step) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{step:D8}"));

    // Latest first.
    private List<(int Step, string Path)> All() => !Directory.Exists(folder) ? [] : [.. Directory
        .EnumerateDirectories(folder, $"{Prefix}*")
        .Select(path => (IsStep: int.TryParse(Path.GetFileName(path)[Prefix.Length..], CultureInfo.InvariantCulture, out int step), step, path))
        .Where(found => found.IsStep)
        .Select(found => (found.step, found.path))
        .OrderByDescending(found => found.step)];

    // Renamed first, so that nothing looks like a checkpoint while its files go one by one.
    private void Delete(string path)
    {
        if (Directory.Exists(path))
        {
            string doomed = Path.Combine(folder, Unfinished + Path.GetRandomFileName());
            Directory.Move(path, doomed);
            using var activity = AsftActivities.Start(AsftActivities.Delete);
            Directory.Delete(doomed, recursive: true);
        }
    }
}
