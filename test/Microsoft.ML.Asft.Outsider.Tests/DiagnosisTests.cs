using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Outsider.Tests;

public class DiagnosisTests
{
    private static readonly Row[] Rows =
    [
        new("say a", "bbbb"), new("say b", "cccc"), new("say c", "dddd"), new("say d", "aaaa"), new("say e", "ffff"),
    ];

    [Fact]
    public void A_diagnosis_costs_as_many_forward_passes_as_one_epochs_reference()
    {
        var mlContext = new MLContext(seed: 1);
        var data = mlContext.Data.LoadFromEnumerable(Rows);
        var options = new AsftOptions
        {
            Template = "plain",
            BatchSize = 2,
            Epochs = 1,
            Lora = new LoraOptions { TargetModules = ["_mix"] },
            Reference = { Strategy = ReferenceStrategy.Cached },
        };
        using var diagnosed = new BigramModel(Letters.Count, 32);
        var diagnosis = mlContext.Model.DiagnoseAsft(data, diagnosed, Letters.Tokenizer, options);
        Assert.Equal(Rows.Length, diagnosis.RowScores.Count);
        Assert.Null(diagnosis.Estimate);

        // Training: the largest batch once to see that memory suffices, each batch of the epoch, and what the reference takes.
        var trained = new BigramModel(Letters.Count, 32);
        using var model = mlContext.Transforms.AsftFineTune(trained, Letters.Tokenizer, options).Fit(data);
        Assert.Equal(trained.Passes - 1 - model.History.Count, diagnosed.Passes);
        Assert.Equal(3, diagnosed.Passes);
    }
}
