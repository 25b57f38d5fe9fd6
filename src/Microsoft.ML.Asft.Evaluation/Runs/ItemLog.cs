using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints;

namespace Microsoft.ML.Asft.Evaluation.Runs;

/// <summary>
/// The items of a run, kept in a folder: a line is written for each as soon as it is done, and a resumed run reads it back.
/// An incomplete last line of a killed process is dropped.
/// </summary>
internal sealed class ItemLog<TItem> : IDisposable
{
    private const string ItemsFile = "items.jsonl";
    private const string RunFile = "run.json";
    private const string LockFile = "run.lock";

    private readonly string? _path;
    private readonly List<TItem> _items = [];

    private FileStream? _lock;

    private ItemLog(string? path) => _path = path;

    /// <summary>Gets the finished items, in order.</summary>
    public IReadOnlyList<TItem> Items => _items;

    /// <summary>Gets the items in their written form.</summary>
    public string Text => string.Concat(_items.Select(LineOf));

    /// <summary>Opens the log of a folder, new or of the same run; without a folder, one in memory.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="settings">The run's settings: everything that its items depend on.</param>
    /// <exception cref="InvalidDataException">The folder belongs to another run, or a line of its items is damaged.</exception>
    /// <exception cref="IOException">Another process is using the folder.</exception>
    public static ItemLog<TItem> Open(string? folder, JsonObject settings)
    {
        if (folder is null)
        {
            return new ItemLog<TItem>(null);
        }

        Directory.CreateDirectory(folder);
        var log = new ItemLog<TItem>(Path.Combine(folder, ItemsFile)) { _lock = Lock(folder) };
        try
        {
            CheckRun(Path.Combine(folder, RunFile), settings);
            if (!log.Read())
            {
                log.Rewrite();
            }

            return log;
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    /// <summary>Reads the items of a run from a folder, without changes there.</summary>
    public static IReadOnlyList<TItem> Load(string folder)
    {
        var log = new ItemLog<TItem>(Path.Combine(folder, ItemsFile));
        log.Read();
        return log.Items;
    }

    /// <summary>Loads the items that another worker has read, in memory.</summary>
    /// <param name="text">Its <see cref="Text"/>.</param>
    public void TakeOver(string text)
    {
        _items.Clear();
        _items.AddRange(text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<TItem>(line, RunJson.Line)!));
    }

    /// <summary>Keeps the first items and drops the others, so that a batch is either done whole or done again.</summary>
    public void Truncate(int count)
    {
        if (count < _items.Count)
        {
            _items.RemoveRange(count, _items.Count - count);
            Rewrite();
        }
    }

    /// <summary>Writes items, which from then on are done.</summary>
    public void Append(IReadOnlyList<TItem> items)
    {
        _items.AddRange(items);
        if (_path is not null)
        {
            using var stream = new FileStream(_path, FileMode.Append);
            stream.Write(Encoding.UTF8.GetBytes(string.Concat(items.Select(LineOf))));
            stream.Flush(flushToDisk: true);
        }
    }

    public void Dispose() => _lock?.Dispose();

    // The open file holds the lock, so a killed process releases it.
    private static FileStream Lock(string folder)
    {
        try
        {
            return new FileStream(
                Path.Combine(folder, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (IOException e) when (File.Exists(Path.Combine(folder, LockFile)))
        {
            throw new IOException($"Another process is writing to the folder '{folder}'. Wait for it, or name another folder for this run.", e);
        }
    }

    private static string LineOf(TItem item) => JsonSerializer.Serialize(item, RunJson.Line) + "\n";

    private static void CheckRun(string file, JsonObject settings)
    {
        string text = settings.ToJsonString(RunJson.Indented) + "\n";
        if (!File.Exists(file))
        {
            AtomicFile.WriteText(file, text);
            return;
        }

        string found = File.ReadAllText(file);
        if (found != text)
        {
            string? difference = Differences(found, settings).FirstOrDefault();
            throw new InvalidDataException(
                $"The folder '{Path.GetDirectoryName(file)}' belongs to another run"
                + (difference is null ? "" : $": its {difference}") + ". Name another folder for this run, or delete the other run.");
        }
    }

    private static IEnumerable<string> Differences(string found, JsonObject settings)
    {
        JsonObject? other;
        try
        {
            other = JsonNode.Parse(found) as JsonObject;
        }
        catch (JsonException)
        {
            yield break;
        }

        foreach (var (name, value) in settings)
        {
            string theirs = other?[name]?.ToJsonString(RunJson.Line) ?? "nothing";
            string ours = value?.ToJsonString(RunJson.Line) ?? "nothing";
            if (theirs != ours)
            {
                yield return $"{name} is {theirs}, but here it is {ours}";
            }
        }
    }

    // Returns whether the last line is whole.
    private bool Read()
    {
        if (!File.Exists(_path))
        {
            return true;
        }

        string text = File.ReadAllText(_path);
        int whole = text.LastIndexOf('\n') + 1;
        int number = 0;
        foreach (string line in text[..whole].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            number++;
            try
            {
                _items.Add(JsonSerializer.Deserialize<TItem>(line, RunJson.Line)!);
            }
            catch (JsonException error)
            {
                throw new InvalidDataException(
                    $"{_path}, line {number}: it is not an item of this run ({error.Message}). Delete that line and those after it.",
                        error);
            }
        }

        return whole == text.Length;
    }

    private void Rewrite()
    {
        if (_path is not null)
        {
            AtomicFile.WriteText(_path, Text);
        }
    }
}
