using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Estimation;
using Microsoft.ML.Asft.Tests.Training;

namespace Microsoft.ML.Asft.Tests.Estimation;

public sealed class RunEstimatorTests : FitFixture
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Parameters_are_those_of_the_model_and_of_what_a_fit_trains(bool lora)
    {
        var estimate = MLContext.Model.EstimateAsft(Options(lora: lora));
        using var model = Fit(Options(lora: lora));
        long adapters = model.Model.AdaptableLayers().Sum(l => (l.Layer.LoraA?.numel() ?? 0) + (l.Layer.LoraB?.numel() ?? 0));
        long all = model.Model.parameters().Sum(p => p.numel()) - adapters;
        Assert.Equal(all, estimate.Parameters);
        Assert.Equal(lora ? adapters : all, estimate.TrainedParameters);
        Assert.Equal(4 * all, estimate.WeightBytes);
        Assert.True(estimate.SecondsPerStep > 0);
        Assert.Equal(9, estimate.Steps);
    }

    [Fact]
    public void Longer_rows_and_no_checkpointing_take_more_memory()
    {
        long Batch(int length, bool checkpointing)
        {
            var options = Options();
            (options.MaxLength, options.Runtime.GradientCheckpointing) = (length, checkpointing);
            return MLContext.Model.EstimateAsft(options).BatchBytes;
        }

        Assert.True(Batch(128, false) > Batch(64, false));
        Assert.True(Batch(128, false) > Batch(128, true));
    }

    [Fact]
    public void A_reference_is_counted_as_cached_only_if_it_fits_the_limit()
    {
        RunEstimate Estimate(long limit)
        {
            var options = Options();
            options.Reference.CacheBytes = limit;
            var shape = new RunShape(Rows: 6, TokensPerRow: 20, LabelsPerRow: 10, LargestBatchTokens: 40, LargestBatchLabels: 20);
            return RunEstimator.Estimate(ModelConfig.Load(options.ModelPath!), options, shape);
        }

        var (cached, computed) = (Estimate(1 << 20), Estimate(1));
        Assert.True(cached.ReferenceBytes > 0 && cached.Seconds > 10 * cached.SecondsPerStep);
        Assert.Equal((0, 10 * computed.SecondsPerStep), (computed.ReferenceBytes, computed.Seconds));
    }

    [Fact]
    public void A_run_that_is_not_estimated_is_refused()
    {
        var options = Options();
        options.NeftuneAlpha = 5;
        Assert.Contains("NeftuneAlpha", Assert.Throws<NotSupportedException>(() => MLContext.Model.EstimateAsft(options)).Message, StringComparison.Ordinal);
    }
}
