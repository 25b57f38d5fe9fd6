using Microsoft.ML.Asft.Checkpoints.Adapters;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Modeling.Storage;
using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.References;
using Microsoft.ML.Asft.Training;
using Microsoft.ML.Asft.Training.Checkpointing;
using Microsoft.ML.Asft.Training.Optimization;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Bench.Gpu;

/// <summary>
/// Two training steps of every objective, with every reference strategy, of LoRA, DoRA and all weights, and of ASFT over quantized weights, by the
/// autograd executor on a device and by the executor that the CPU has for them. The CPU executor has no DoRA, so that DoRA is compared with autograd on
/// the CPU. On any device the former takes what a GPU takes: the fused optimizer, batches made ahead, and operators that expand weights.
/// </summary>
internal static class StepParity
{
    private const string Model = "qwen2";
    private const int Steps = 2;

    private static readonly (string Kind, StorageFormat? Storage, ReferenceStrategy[] References)[] Kinds =
    [
        ("lora", null, [ReferenceStrategy.AdapterOff, ReferenceStrategy.Cached, ReferenceStrategy.Frozen]),
        ("dora", null, [ReferenceStrategy.AdapterOff, ReferenceStrategy.Cached]),
        ("full", null, [ReferenceStrategy.Frozen, ReferenceStrategy.Cached]),
        ("lora", StorageFormat.Int8, [ReferenceStrategy.AdapterOff]),
        ("lora", StorageFormat.Nf4, [ReferenceStrategy.AdapterOff, ReferenceStrategy.Frozen]),
        ("lora", StorageFormat.Nf4Double, [ReferenceStrategy.Cached]),
        ("dora", StorageFormat.Nf4, [ReferenceStrategy.AdapterOff]),
    ];

    /// <returns>
    /// The largest relative difference of a loss, and of all trained values after the steps: the length of the difference by that of the CPU's change.
    /// </returns>
    public static object Run(Device device, ScalarType dtype, string golden)
    {
        string folder = Path.Combine(golden, Model);
        var examples = Rows.Read(Path.Combine(golden, "encoded.jsonl"));
        var cases = from kind in Kinds
                    from strategy in kind.References
                    from objective in Enum.GetValues<AsftObjective>()
                    where kind.Storage is null || objective is AsftObjective.Asft     // no objective sees how weights are stored
                    select (Name: $"{objective} {kind.Kind} {kind.Storage} {strategy}", kind.Storage, Options: OptionsOf(kind.Kind, strategy, objective, dtype));
        var losses = new Dictionary<string, double>();
        var changes = new Dictionary<string, double>();
        foreach (var (name, storage, options) in cases)
        {
            using var scope = NewDisposeScope();
            var format = new ModelFormat(dtype, storage);
            var expected = Train(folder, options, examples, format, CPU, asOnGpu: false);
            options.Optimizer.Custom = (values, gradients) => new FusedAdamW(values, gradients, options.Optimizer);
            var actual = Train(folder, options, examples, format, device, asOnGpu: true);
            losses[name] = expected.Losses.Zip(actual.Losses, (one, other) => Math.Abs(other - one) / Math.Abs(one)).Max();
            changes[name] = (actual.Change - expected.Change).norm().item<float>() / expected.Change.norm().item<float>();
        }

        return new { cases = losses.Count, loss = losses.Values.Max(), worst = losses.MaxBy(pair => pair.Value).Key, change = changes.Values.Max(), worstChange = changes.MaxBy(pair => pair.Value).Key };
    }

    private static AsftOptions OptionsOf(string kind, ReferenceStrategy strategy, AsftObjective objective, ScalarType dtype) => new()
    {
        Objective = objective,
        Lora = kind == "full" ? null : new LoraOptions { Dropout = 0, UseDora = kind == "dora" },
        MaxSteps = Steps,
        LearningRate = 1e-3,
        Optimizer = { Schedule = LearningRateSchedule.Constant, WarmupRatio = 0, Epsilon = 1e-4 },   // a smaller one makes AdamW's first steps mere signs
        Batches = { Order = BatchOrder.Sequential },
        Reference = { Strategy = strategy },
        Runtime = { Precision = dtype == ScalarType.BFloat16 ? ModelPrecision.BFloat16 : ModelPrecision.Float32 },
    };

    private static (double[] Losses, Tensor Change) Train(
        string folder, AsftOptions options, IReadOnlyList<EncodedExample> examples, ModelFormat format, Device device, bool asOnGpu)
    {
        using var model = DecoderLoader.Load(folder, format, device, expandByOperators: asOnGpu);
        var loaded = new LoadedModel(model, null!, null!, folder, Fingerprint: null)
        {
            Format = format,
            Adapters = options.Lora is not { } lora ? null : AdapterSet.AddNew(model, ConfigOf(lora), seed: 1),
            IsTrainedInFull = options.Lora is null,
        };
        using var runner = asOnGpu ? new AutogradBatchRunner(model, recompute: false) : BatchRunner.For(model, recompute: false);
        using var reference = ReferenceModelFactory.ForTraining(loaded, runner, options, examples, [], isRepeated: true, headIsTrained: options.Lora is null);
        using var parameters = new FlatParameters(TrainedParameters.Of(loaded, []));
        using var updater = new ParameterUpdater(parameters, options.Optimizer);
        using var head = new AnchoredHead(AnchoredObjective.For(options), model.LogitTransform);
        var plan = new BatchPlan(examples.Select(e => e.InputIds.Length), options.BatchSize, null, options.Batches.Order, seed: 1);
        var before = parameters.Values.clone();
        var losses = new List<double>();
        var trainer = new Trainer(model, runner, head, reference, parameters, updater, examples, plan, Steps, options, seed: 1) { PrefetchesBatches = asOnGpu };
        trainer.Run(new TrainingState(), validator: null, checkpoints: null, progress => losses.Add(progress.Loss));
        return ([.. losses], parameters.Values.sub(before).cpu());
    }

    private static AdapterConfig ConfigOf(LoraOptions lora) => new()
    {
        R = lora.Rank,
        LoraAlpha = lora.Alpha,
        LoraDropout = lora.Dropout,
        TargetModules = [.. lora.TargetModules],
        UseDora = lora.UseDora,
    };
}
