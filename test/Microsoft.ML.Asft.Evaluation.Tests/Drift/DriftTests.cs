using Microsoft.ML.Asft.Evaluation.Drift;
using Microsoft.ML.Asft.Evaluation.Statistics;
using Microsoft.ML.Asft.Evaluation.Tests.Support;
using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Evaluation.Tests.Drift;

public class DriftTests(BaseModel assets) : IClassFixture<BaseModel>
{
    private static readonly object[] Rows =
    [
        new { instruction = "What is the capital of Chile?", response = "The capital of Chile is Santiago." },
        new { instruction = "Put the tie card away.", response = "box garment C." },
        new { instruction = "What is 34 + 25?", response = "59" },
    ];

    [Fact]
    public void A_model_has_not_drifted_from_itself()
    {
        var metrics = assets.Model.EvaluateDrift(assets.Rows(Rows));
        Assert.Equal(0, metrics.Kl, 6);
        Assert.Equal(metrics.BasePerplexity, metrics.Perplexity, 12);
    }

    [Fact]
    public void Over_tokens_it_agrees_with_the_losses_that_training_computes()
    {
        var data = assets.Rows(Rows);
        using var model = assets.MLContext.Transforms.AsftFineTune(new AsftOptions
        {
            ModelPath = BaseModel.PathOf("base-model"), Objective = AsftObjective.Sft, MaxSteps = 4, LearningRate = 0.01,
            Runtime = { Precision = ModelPrecision.Float32 },
        }).Fit(data);
        var expected = model.Evaluate(data);
        var actual = model.EvaluateDrift(data, new DriftOptions { BatchSize = 2 });

        Assert.True(actual.Kl > 1e-3);
        Assert.Equal(expected.Tokens, actual.Tokens);
        Assert.Equal(expected.Kl, actual.Kl, 1e-4 * expected.Kl);
        Assert.Equal(expected.Perplexity, actual.Perplexity, 1e-4 * expected.Perplexity);
        Assert.Equal(expected.TokenAccuracy, actual.TokenAccuracy, 12);

        // The same base as a model of its own; and the means over rows are of the rows' means.
        var beside = model.EvaluateDrift(data, new DriftOptions { BatchSize = 2 }, assets.Model);
        Assert.Equal(actual.Kl, beside.Kl, 1e-5);
        Assert.Equal(actual.Items.Average(item => item.Kl.Average()), actual.KlPerExample, 1e-6);
        Assert.Equal(actual.Items.Average(item => item.Correct / (double)item.Tokens.Count), actual.TokenAccuracyPerExample, 12);
        Assert.NotEqual(actual.Kl, model.EvaluateDrift(data, new DriftOptions { Direction = KlDirection.Reverse }).Kl);
    }

    [Fact]
    public void A_mean_has_its_standard_error()
    {
        var estimate = MeanEstimate.Of([1, 2, 3, 4]);
        Assert.Equal(2.5, estimate);
        Assert.Equal(Math.Sqrt(5.0 / 3 / 4), estimate.StandardError, 12);
    }
}
