using System.Text.Json;

namespace Microsoft.ML.Asft.Cli.Output;

/// <summary>
/// Writes <c>training_log.jsonl</c>, a line for each step as it is done. The file and its folder come with the first step, so
/// that a run that never starts leaves nothing behind.
/// </summary>
internal sealed class TrainingLog(string path) : IProgress<AsftProgress>, IDisposable
{
    private StreamWriter? _writer;

    public void Report(AsftProgress value)
    {
        _writer ??= Open();
        _writer.WriteLine(JsonSerializer.Serialize(value, JsonText.Options));
    }

    public void Dispose() => _writer?.Dispose();

    private StreamWriter Open()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return new StreamWriter(path) { AutoFlush = true, NewLine = "\n" };
    }
}
