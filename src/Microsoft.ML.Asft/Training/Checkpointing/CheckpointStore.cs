using System.Globalization;
using Microsoft.ML.Asft.Diagnostics;

namespace Microsoft.ML.Asft.Training.Checkpointing;

/// <summary>
/// The checkpoints of a run. Each is a folder whose name has the step. A folder with such a name is complete, because it is written and flushed
/// under a temporary name first. A checkpoint that is damaged nevertheless is skipped.
/// </summary>
/// <param name="folder">The folder that contains the checkpoints.</param>
/// <param name="warn">Receives warnings about damaged checkpoints.</param>
internal sealed class CheckpointStore(string folder, Action<string> warn)
{
    private const string Prefix = "step-";
    private const string Unfinished = ".unfinished-";

    /// <summary>Gets the folder that contains the checkpoints.</summary>
    public string Folder => folder;

    /// <summary>Writes a complete checkpoint, or none if writing fails.</summary>
    /// <param name="step">The step of the checkpoint.</param>
    /// <param name="write">Writes the checkpoint's files to the given folder and flushes them.</param>
    /// <returns>The checkpoint's folder.</returns>
    /// <exception cref="IOException">The files cannot be written, for example because the disk is full. Nothing of the checkpoint is left.</exception>
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

    /// <summary>Finds the latest checkpoint that is not damaged.</summary>
    public string? FindLatest()
    {
        foreach (var (_, path) in All())
        {
            if (CheckpointManifest.Verify(path) is not { } problem)
            {
                return path;
            }

            warn($"The checkpoint '{path}' is damaged and is skipped: {problem}.");
        }

        return null;
    }

    /// <summary>Deletes all checkpoints except the latest ones and those of the given steps.</summary>
    public void Prune(int keepLast, params int?[] keepSteps)
    {
        foreach (var (step, path) in All().Skip(keepLast).Where(checkpoint => !keepSteps.Contains(checkpoint.Step)))
        {
            Delete(path);
        }
    }

    /// <summary>Deletes the unfinished checkpoints of runs that were killed.</summary>
    public void DeleteUnfinished()
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

    // The latest checkpoint first.
    private List<(int Step, string Path)> All() => !Directory.Exists(folder) ? [] : [.. Directory
        .EnumerateDirectories(folder, $"{Prefix}*")
        .Select(path => (IsStep: int.TryParse(Path.GetFileName(path)[Prefix.Length..], CultureInfo.InvariantCulture, out int step), step, path))
        .Where(found => found.IsStep)
        .Select(found => (found.step, found.path))
        .OrderByDescending(found => found.step)];

    // Renames the folder first, so that a half-deleted folder never has the name of a checkpoint.
    private void Delete(string path)
    {
        if (Directory.Exists(path))
        {
            string renamed = Path.Combine(folder, Unfinished + Path.GetRandomFileName());
            Directory.Move(path, renamed);
            using var activity = AsftActivities.Start(AsftActivities.Delete);
            Directory.Delete(renamed, recursive: true);
        }
    }
}
