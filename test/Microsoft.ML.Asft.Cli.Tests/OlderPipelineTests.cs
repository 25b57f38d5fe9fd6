using System.Text.Json;

namespace Microsoft.ML.Asft.Cli.Tests;

/// <summary>
/// Saved/pipeline-0.1.zip was trained and saved on stand-ins for ML.NET and TorchSharp, over libtorch 1.13: <c>asft train --model base-model --data
/// finetune.jsonl --max-steps 40 --lora-rank 2 --learning-rate 2e-3</c>. Beside it is what that build completed.
/// </summary>
public class OlderPipelineTests
{
    [Fact]
    public void A_pipeline_saved_by_the_first_version_loads_and_completes_the_same_texts()
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "Saved");
        Environment.SetEnvironmentVariable("ASFT_MODEL_HOME", Path.Combine(AppContext.BaseDirectory, "assets"));
        using var model = (AsftTransformer)new MLContext().Model.Load(Path.Combine(folder, "pipeline-0.1.zip"), out _);

        var rows = File.ReadLines(Path.Combine(folder, "pipeline-0.1.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(6, rows.Count);
        Assert.All(rows, row => Assert.Equal(row.GetProperty("completion").GetString(), model.Complete(row.GetProperty("instruction").GetString()!).Text));
    }
}
