using Microsoft.ML;
using Microsoft.ML.Asft;
using Microsoft.ML.Asft.Evaluation;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Data;
using static TorchSharp.torch;

namespace TrainingDynamics;

/// <summary>
/// Measures a model in the middle of its fine-tuning: a second copy of the base takes over its adapters, and answers the held-out questions
/// greedily and at T = 1.
/// </summary>
internal sealed class Probe : IDisposable
{
    private readonly AsftTransformer _greedy;
    private readonly AsftTransformer _sampled;
    private readonly IDataView _newSkill;
    private readonly IDataView _oldSkills;

    public Probe(MLContext mlContext, Experiment experiment)
    {
        _newSkill = experiment.NewSkill;
        _oldSkills = experiment.OldSkills;
        _greedy = Load(mlContext, experiment, temperature: 0);
        _sampled = Load(mlContext, experiment, temperature: 1);
    }

    /// <summary>Measures the model as it stands.</summary>
    public Measurement Measure(int step, CausalLanguageModel model)
    {
        CopyAdapters(model, _greedy.Model);
        CopyAdapters(model, _sampled.Model);
        return new Measurement(
            step,
            _greedy.EvaluateDrift(_oldSkills, new DriftOptions { BatchSize = 64 }).Kl,
            _greedy.EvaluateDrift(_newSkill, new DriftOptions { BatchSize = 64 }).Kl,
            ExactMatch(_greedy, _newSkill),
            ExactMatch(_greedy, _oldSkills),
            ExactMatch(_sampled, _newSkill),
            ExactMatch(_sampled, _oldSkills));
    }

    public void Dispose()
    {
        _greedy.Dispose();
        _sampled.Dispose();
    }

    private static AsftTransformer Load(MLContext mlContext, Experiment experiment, double temperature)
    {
        var options = experiment.Options();
        options.AdapterPath = experiment.BlankAdapter;
        options.Generation.Temperature = temperature;
        options.Generation.Seed = 7;
        return mlContext.Model.LoadAsft(options);
    }

    private static double ExactMatch(AsftTransformer model, IDataView rows)
    {
        var completed = model.Transform(rows);
        return completed.GetColumn<string>("completion").Zip(completed.GetColumn<string>("response"))
            .Average(pair => pair.First.Trim() == pair.Second.Trim() ? 1.0 : 0);
    }

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
