using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Adapters;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.References;
using Microsoft.ML.Asft.Training;
using Microsoft.ML.Asft.Training.Optimization;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Bench.Training;

/// <summary>A model with LoRA of rank 8 on <c>q_proj</c> and <c>v_proj</c>, rows, and training steps over them with each kind of reference.</summary>
internal sealed class LoraSteps : IDisposable
{
    private const int BatchSize = 4;

    private readonly AsftOptions _options;
    private readonly LoadedModel _loaded;
    private readonly BatchRunner _runner;
    private readonly ParameterStore _parameters;
    private readonly ParameterUpdater _updater;
    private readonly AdapterOffReference _adaptersOff;
    private readonly CachedReference _cached;
    private readonly List<AnchoredHead> _heads = [];

    /// <param name="model">A model folder.</param>
    /// <param name="encoded">Rows as <c>asft encode</c> writes them.</param>
    /// <param name="precision">The format of weights and products.</param>
    /// <param name="quantization">How the projections' frozen weights are stored.</param>
    public LoraSteps(string model, string encoded, ModelPrecision precision, WeightQuantization quantization = WeightQuantization.None)
    {
        Examples = [.. File.ReadLines(encoded).Select(Read)];
        _options = new AsftOptions { ModelPath = model, Runtime = { Precision = precision, Quantization = quantization }, BatchSize = BatchSize, Batches = { Order = BatchOrder.Sequential } };
        _loaded = LoadedModel.From(_options, given: null, CPU);
        _loaded = _loaded with
        {
            Adapters = AdapterSet.AddNew(
                _loaded.Model, new AdapterConfig { R = 8, LoraAlpha = 16, LoraDropout = 0, TargetModules = ["q_proj", "v_proj"] }, seed: 1),
        };
        _runner = BatchRunner.For(_loaded.Model, _options);
        _parameters = ParameterStore.For(_loaded, [.. TrainedParameters.Of(_loaded, [])], _options);
        _updater = new ParameterUpdater(_parameters, new());
        _adaptersOff = new AdapterOffReference(_loaded.Model, _runner);
        _cached = CachedReference.Fill(
            _adaptersOff, _loaded.Model, [Examples], HiddenStateStore.InMemory(
                Examples.Sum(example => (long)TrainingBatch.LabelCount(example)), _loaded.Model.HeadWeight.shape[1] * _loaded.Model.HeadWeight.ElementSize),
            headIsTrained: false, _options);
        Plan = new BatchPlan(Examples.Select(e => e.InputIds.Length), BatchSize, BatchSize, BatchOrder.Sequential, seed: 1);
        Sft = Step(AsftObjective.Sft, null);
        FirstEpoch = Step(AsftObjective.Asft, _adaptersOff);
        LaterEpoch = Step(AsftObjective.Asft, _cached);
        _loaded.Model.train();
    }

    public EncodedExample[] Examples { get; }

    public BatchPlan Plan { get; }

    public Decoder Model => (Decoder)_loaded.Model;

    /// <summary>Gets a step of sft. It takes the batches and the number of the step.</summary>
    public Action<int[][], int> Sft { get; }

    /// <summary>Gets a step of asft with the adapters off for its reference.</summary>
    public Action<int[][], int> FirstEpoch { get; }

    /// <summary>Gets a step of asft with a cached reference.</summary>
    public Action<int[][], int> LaterEpoch { get; }

    /// <summary>The rows of some batches.</summary>
    public EncodedExample[] Rows(int[][] batches) => [.. batches.SelectMany(rows => rows).Select(row => Examples[row])];

    public void Dispose()
    {
        foreach (var owned in (IDisposable[])[.. _heads, _cached, _adaptersOff, _updater, _parameters, _runner, _loaded.Model])
        {
            owned.Dispose();
        }
    }

    private Action<int[][], int> Step(AsftObjective objective, IReferenceModel? reference)
    {
        var head = new AnchoredHead(AnchoredObjective.For(objective, _options.KlWeight, _options.Loss.KlDirection));
        _heads.Add(head);
        var trainer = new Trainer(
            _loaded.Model, _runner, head, reference, _parameters, _updater, Examples, Plan, int.MaxValue, _options, seed: 1);
        return (batches, step) =>
        {
            trainer.AddGradients(batches, step);
            _ = _parameters.GradientNorm();
            _updater.Step(1e-4, 1);
        };
    }

    private static EncodedExample Read(string line)
    {
        var row = JsonNode.Parse(line)!;
        return new EncodedExample(row["input_ids"].Deserialize<int[]>()!, row["labels"].Deserialize<int[]>()!);
    }
}
