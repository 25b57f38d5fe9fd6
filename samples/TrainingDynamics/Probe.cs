using Microsoft.ML;
using Microsoft.ML.Asft;
using Microsoft.ML.Asft.Evaluation.Drift;
using Microsoft.ML.Asft.Evaluation.ExactMatch;
using Microsoft.ML.Asft.Modeling;
using static TorchSharp.torch;

namespace TrainingDynamics;

/// <summary>
/// Measures a model during fine-tuning: a second copy of the base gets its adapters and answers the held-out questions
/// greedily and at T = 1.
/// </summary>
internal sealed class Probe : IDisposable
{
    private const int BatchSize = 64;

    private readonly AsftTransformer _copy;
    private readonly IDataView _newSkill;
    private readonly IDataView _oldSkills;

    public Probe(MLContext mlContext, Experiment experiment)
    {
        (_newSkill, _oldSkills) = (experiment.NewSkill, experiment.OldSkills);
        var options = experiment.Options();
        options.AdapterPath = experiment.BlankAdapter;
        _copy = mlContext.Model.LoadAsft(options);
    }

    /// <summary>Measures the model in its current state.</summary>
    public Measurement Measure(int step, CausalLanguageModel model)
    {
        CopyAdapters(model, _copy.Model);
        var drift = new DriftOptions { BatchSize = BatchSize };
        var match = new ExactMatchOptions { BatchSize = BatchSize, MaxNewTokens = 40, Samples = 1, Temperature = 1, Seed = 7 };
        var onNew = _copy.EvaluateExactMatch(_newSkill, match);
        var onOld = _copy.EvaluateExactMatch(_oldSkills, match);
        return new Measurement(
            step,
            _copy.EvaluateDrift(_oldSkills, drift).Kl,
            _copy.EvaluateDrift(_newSkill, drift).Kl,
            onNew.Accuracy,
            onOld.Accuracy,
            onNew.SampledAccuracy!.Value,
            onOld.SampledAccuracy!.Value);
    }

    public void Dispose() => _copy.Dispose();

    private static void CopyAdapters(CausalLanguageModel from, CausalLanguageModel to)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach (var ((_, source), (_, target)) in from.AdaptableLayers().Where(l => l.Layer.LoraA is not null)
            .Zip(to.AdaptableLayers().Where(l => l.Layer.LoraA is not null)))
        {
            target.LoraA!.copy_(source.LoraA!);
            target.LoraB!.copy_(source.LoraB!);
        }
    }
}
