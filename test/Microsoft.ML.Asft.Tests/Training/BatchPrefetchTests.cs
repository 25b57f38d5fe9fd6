using Microsoft.ML.Asft.Checkpoints.Adapters;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.References;
using Microsoft.ML.Asft.Tests.Support;
using Microsoft.ML.Asft.Training;
using Microsoft.ML.Asft.Training.Checkpointing;
using Microsoft.ML.Asft.Training.Optimization;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Training;

/// <summary>Batches that are made ahead, as on a GPU, against batches that are made when they are needed.</summary>
public class BatchPrefetchTests
{
    private const int Steps = 5;

    public static TheoryData<ReferenceStrategy, bool> Cases =>
        new() { { ReferenceStrategy.AdapterOff, false }, { ReferenceStrategy.AdapterOff, true }, { ReferenceStrategy.Cached, false } };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Steps_are_the_same_to_the_bit(ReferenceStrategy strategy, bool packing)
    {
        var (expected, expectedValues, none) = Train(strategy, packing, ahead: false, [Steps]);
        var (actual, values, madeAhead) = Train(strategy, packing, ahead: true, [Steps]);
        Assert.Equal(expected, actual);
        Assert.Equal(expectedValues, values);
        Assert.Equal((0, 2 * Steps), (none, madeAhead));      // of two batches a step all but the first, and one of the pass over the largest step
    }

    [Fact]
    public void A_run_that_goes_on_from_a_step_is_the_same_to_the_bit()
    {
        var (expected, expectedValues, _) = Train(ReferenceStrategy.Cached, packing: false, ahead: false, [Steps]);
        var (actual, values, _) = Train(ReferenceStrategy.Cached, packing: false, ahead: true, [2, Steps]);
        Assert.Equal(expected, actual);
        Assert.Equal(expectedValues, values);
    }

    // Trains to each of the given steps, one run after the other, with autograd, dropout and noise.
    private static (double[] Losses, float[] Values, int MadeAhead) Train(ReferenceStrategy strategy, bool packing, bool ahead, int[] stops)
    {
        using var scope = NewDisposeScope();
        var options = new AsftOptions
        {
            LearningRate = 1e-3,
            BatchSize = 2,
            Batches = { GlobalBatchSize = 4 },
            Optimizer = { Schedule = LearningRateSchedule.Constant, WarmupRatio = 0 },
            Reference = { Strategy = strategy },
        };
        var loaded = Golden.Load("qwen2", adapter: false);
        using var owned = loaded.Model;
        loaded = loaded with
        {
            Adapters = AdapterSet.AddNew(
                loaded.Model, new AdapterConfig { R = 4, LoraAlpha = 8, LoraDropout = 0.2, TargetModules = ["q_proj", "v_proj"] }, seed: 3),
        };
        using var runner = new AutogradBatchRunner(loaded.Model, recompute: false, packing, neftuneAlpha: 5);
        using var reference = ReferenceModelFactory.ForTraining(loaded, runner, options, Golden.Examples, [], isRepeated: true, headIsTrained: false);
        using var parameters = new FlatParameters(loaded.Adapters.Parameters);
        using var updater = new ParameterUpdater(parameters, options.Optimizer);
        using var head = new AnchoredHead(AnchoredObjective.For(options), loaded.Model.LogitTransform);
        var plan = new BatchPlan(
            Golden.Examples.Select(e => e.InputIds.Length), options.BatchSize, options.Batches.GlobalBatchSize, options.Batches.Order, seed: 1);
        var losses = new List<double>();
        var state = new TrainingState();
        int madeAhead = 0;
        foreach (int stop in stops)
        {
            var trainer = new Trainer(loaded.Model, runner, head, reference, parameters, updater, Golden.Examples, plan, stop, options, seed: 1)
            {
                PrefetchesBatches = ahead,
            };
            state = trainer.Run(state with { IsFinished = false }, validator: null, checkpoints: null, progress => losses.Add(progress.Loss));
            madeAhead += trainer.BatchesMadeAhead;
        }

        return ([.. losses], parameters.Values.data<float>().ToArray(), madeAhead);
    }
}
