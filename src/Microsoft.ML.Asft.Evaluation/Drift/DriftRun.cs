
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Evaluation.Runs;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.References;
using Microsoft.ML.Asft.Training;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Evaluation.Drift;

/// <summary>A run of <see cref="DriftEvaluator"/> over rows.</summary>
internal static class DriftRun
{
    public static DriftMetrics Complete(
        AsftTransformer model, LoadedModel loaded, IDataView data, DriftOptions options, LoadedModel? baseModel)
    {
        if (baseModel is not null && baseModel.Model.HeadWeight.shape[0] != loaded.Model.HeadWeight.shape[0])
        {
            throw new ArgumentException(
                $"The base has a vocabulary of {baseModel.Model.HeadWeight.shape[0]} tokens and the model one of {loaded.Model.HeadWeight.shape[0]}; "
                + "a divergence needs one vocabulary.");
        }

        var examples = options.Workers.RunOnAll(() => ExampleReader.ReadAll(model.Host, data, model.Options, loaded));
        using var runner = BatchRunner.For(loaded.Model, recompute: true);
        using var reference = baseModel is null
            ? ReferenceModelFactory.For(loaded, runner, model.Options) : new FrozenReference(baseModel.Model, leaveOpen: true);
        var evaluator = new DriftEvaluator(loaded.Model, runner, reference, options.Direction);
        loaded.Model.eval();
        var settings = new JsonObject
        {
            ["base"] = baseModel is null ? "the model before fine-tuning" : ModelIdentity.Of(baseModel),
            ["direction"] = options.Direction.ToString(),
        };
        return new DriftMetrics(BatchedRun.Complete(
            "drift", ModelIdentity.Of(loaded), examples, options, settings, evaluator.Evaluate, item => item.Kl.Average()));
    }
}
