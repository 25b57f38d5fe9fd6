using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.ML.Asft.Evaluation.Runs;
using OpenAI.Chat;

namespace Microsoft.ML.Asft.Evaluation.Alpaca;

/// <summary>A cache of verdicts by request, in a file of JSON Lines.</summary>
internal sealed class JudgeCache
{
    private readonly string? _path;
    private readonly ConcurrentDictionary<string, Verdict> _verdicts = new();
    private readonly Lock _turn = new();

    public JudgeCache(string? path)
    {
        _path = path;
        foreach (string line in path is not null && File.Exists(path) ? File.ReadLines(path) : [])
        {
            // An incomplete line of a killed process is ignored, and its verdict is requested again.
            if (line.EndsWith('}') && JsonSerializer.Deserialize<Entry>(line, RunJson.Line) is { } entry)
            {
                _verdicts[entry.Key] = new Verdict(entry.FirstIsBetter, entry.Reply);
            }
        }
    }

    public static string KeyOf(string endpoint, string judge, IReadOnlyList<ChatMessage> messages)
    {
        string asked = string.Join('\0', messages.Select(m => $"{m.GetType().Name}\0{m.Content[0].Text}").Prepend(judge).Prepend(endpoint));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(asked)));
    }

    public Verdict? Find(string key) => _verdicts.GetValueOrDefault(key);

    public void Add(string key, Verdict verdict)
    {
        _verdicts[key] = verdict;
        if (_path is not null)
        {
            lock (_turn)
            {
                File.AppendAllText(_path, JsonSerializer.Serialize(new Entry(key, verdict.FirstIsBetter, verdict.Reply), RunJson.Line)
                    + "\n");
            }
        }
    }

    /// <summary>A verdict of the judge.</summary>
    /// <param name="FirstIsBetter">The probability that the first answer is better; null if the reply is not a valid letter.</param>
    /// <param name="Reply">The judge's reply.</param>
    public sealed record Verdict(double? FirstIsBetter, string Reply);

    private sealed record Entry(string Key, double? FirstIsBetter, string Reply);
}
