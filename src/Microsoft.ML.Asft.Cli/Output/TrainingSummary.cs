using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Asft.Cli.Output;

/// <summary>The summary that <c>asft train</c> prints at the end.</summary>
internal sealed class TrainingSummary(IReadOnlyList<AsftProgress> steps, IReadOnlyList<AsftValidation> validations, long loadedMemory, string folder)
{
    // The first step is left out: it includes one-time costs.
    private double? TokensPerSecond => steps.Count < 2 ? null : steps.Skip(1).Sum(s => (long)s.Tokens) / steps.Skip(1).Sum(s => s.Seconds);

    private string Validated => validations.Count < 2 ? ""
        : $"validation loss {validations[0].Loss:G4} → {validations[^1].Loss:G4}, KL {validations[^1].Kl:G4} nats, "
            + $"token accuracy {validations[0].TokenAccuracy:P1} → {validations[^1].TokenAccuracy:P1}{Environment.NewLine}";

    private static double PeakMemoryInMebibytes
    {
        get
        {
            using var process = Process.GetCurrentProcess();
            return process.PeakWorkingSet64 / 1048576.0;
        }
    }

    public void Write(CommandConsole console)
    {
        double memory = PeakMemoryInMebibytes;
        double lastKl = steps.Count > 0 ? steps[^1].Kl : double.NaN;
        var json = new JsonObject
        {
            ["steps"] = steps.Count,
            ["losses"] = JsonText.Array(steps.Select(s => s.Loss)),
            ["seconds"] = JsonText.Array(steps.Select(s => s.Seconds)),
            ["tokens_per_second"] = TokensPerSecond,
            ["labelled_tokens"] = steps.Sum(s => (long)s.LabelledTokens),
            ["kl"] = JsonText.Number(lastKl),
            ["skipped_steps"] = steps.Count(s => s.IsSkipped),
            ["validations"] = new JsonArray([.. validations.Select(v => JsonSerializer.SerializeToNode(v, JsonText.Options))]),
            ["loaded_memory_mb"] = loadedMemory / 1048576.0,
            ["peak_memory_mb"] = memory,
            ["output"] = folder,
        };
        string speed = TokensPerSecond is { } rate ? $", {rate:F0} tokens/s" : "";
        string kl = double.IsNaN(lastKl) ? "" : $", KL {lastKl:G4} nats";

        // A finished run that is resumed without its log has no steps to report.
        string loss = steps.Count == 0 ? "" : $"loss {steps[0].Loss:G4} → {steps[^1].Loss:G4}{kl}{Environment.NewLine}";
        console.Result(
            json,
            $"""
            {steps.Count} steps in {steps.Sum(s => s.Seconds):F1} s{speed}, {memory:F0} MiB at most
            {loss}{Validated}Written to {folder}. Try it: asft generate --pipeline {Path.Combine(folder, "pipeline.zip")} --prompt "…"
            """);
    }
}
