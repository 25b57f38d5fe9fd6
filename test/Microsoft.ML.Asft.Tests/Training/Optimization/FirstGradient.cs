using Microsoft.ML.Asft.Checkpoints.Adapters;
using Microsoft.ML.Asft.Checkpoints.Safetensors;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.References;
using Microsoft.ML.Asft.Training;
using Microsoft.ML.Asft.Training.Optimization;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Training.Optimization;

/// <summary>The gradient of a run's first step.</summary>
internal static class FirstGradient
{
    public static float[] Of(
        AsftOptions options, EncodedExample[] examples, Func<CausalLanguageModel, BatchRunner>? runBy = null, double dropout = 0)
    {
        var loaded = LoadedModel.From(options, given: null, CPU);
        using var owned = loaded.Model;
        loaded = options.Lora is null ? loaded with { IsTrainedInFull = true } : loaded with
        {
            Adapters = AdapterSet.AddNew(
                loaded.Model,
                new AdapterConfig
                {
                    R = 4, LoraAlpha = 8, LoraDropout = dropout, UseDora = options.Lora.UseDora, TargetModules = ["q_proj", "v_proj"],
                },
                seed: 3),
        };
        if (loaded.Adapters is { } adapters)
        {
            // B is zero at first, and would leave A without a gradient.
            using var noGrad = no_grad();
            foreach (var (_, parameter) in adapters.Parameters)
            {
                parameter.add_(0.02);
            }
        }

        using var runner = runBy?.Invoke(loaded.Model) ?? BatchRunner.For(loaded.Model, options);
        using var reference = ReferenceModelFactory.For(loaded, runner, options);
        using var parameters = ParameterStore.For(loaded, [.. TrainedParameters.Of(loaded, [])], options);
        using var updater = new ParameterUpdater(parameters, new());
        var plan = new BatchPlan(examples.Select(e => e.InputIds.Length), options.BatchSize, options.Batches.GlobalBatchSize, options.Batches.Order, seed: 1);
        var head = new AnchoredHead(AnchoredObjective.For(options), loaded.Model.LogitTransform);
        var trainer = new Trainer(loaded.Model, runner, head, reference, parameters, updater, examples, plan, 1, options, seed: 1);
        loaded.Model.train();
        trainer.AddGradients(plan.From(0).First(), step: 0);
        return [.. parameters.Tensors(parameters.Gradients).OrderBy(tensor => tensor.Name, StringComparer.Ordinal).SelectMany(Values)];

        static float[] Values(LazyTensor tensor)
        {
            using var scope = NewDisposeScope();
            return tensor.Read().detach().contiguous().data<float>().ToArray();
        }
    }
}
