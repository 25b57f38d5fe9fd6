using Microsoft.ML.Asft.Tests.Support;

namespace Microsoft.ML.Asft.Cli.Tests;

/// <summary>Real input: GSM8K's problems, in English that the small base model has never seen.</summary>
public sealed class GradeSchoolMathTests : IDisposable
{
    private const int Steps = 30;
    private const int HeldOutRows = 20;

    private static readonly string Model = Path.Combine(AppContext.BaseDirectory, "assets", "base-model");

    private readonly string _folder = Directory.CreateTempSubdirectory("asft-gsm8k-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // The weighted loss p·(−log p) is no measure here: while p is far below 1/e, it rises as the model learns.
    [SharedDataFact("data")]
    public async Task Asft_training_brings_the_cross_entropy_of_held_out_problems_down()
    {
        string heldOut = Path.Combine(_folder, "held-out.jsonl");
        await File.WriteAllLinesAsync(heldOut, File.ReadLines(SharedData.PathOf("data", "gsm8k_test.jsonl")).Take(HeldOutRows));
        string output = Path.Combine(_folder, "out");

        await ToolRun.Done(
            "train", "--model", Model, "--data", SharedData.PathOf("data", "gsm8k_train.jsonl"), "--output", output, "--max-steps", $"{Steps}",
            "--batch-size", "4", "--dtype", "bfloat16", "--objective", "asft", "--learning-rate", "1e-2", "--lora-targets", "all-linear", "--json");
        var before = await ToolRun.Done("score", "--model", Model, "--data", heldOut, "--dtype", "bfloat16", "--json");
        var after = await ToolRun.Done("score", "--model", Model, "--adapter", output, "--data", heldOut, "--dtype", "bfloat16", "--json");

        double old = before.Json.GetProperty("sft").GetDouble(), now = after.Json.GetProperty("sft").GetDouble();
        Assert.True(now < old - 0.2, $"The cross-entropy went from {old} to {now}.");
        Assert.True(after.Json.GetProperty("token_accuracy").GetDouble() > before.Json.GetProperty("token_accuracy").GetDouble());
    }
}
