using Microsoft.ML.Asft.Checkpoints.Adapters;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Tests.Support;
using Microsoft.ML.Asft.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Training;

/// <summary>Training of families whose projections or layers differ from Llama's.</summary>
public sealed class FamilyTrainingTests : IDisposable
{
    private const int Steps = 5;

    private static readonly string[] FamilyNames = ["granite", "gemma3_text", "olmo3", "phi3", "qwen3_moe", "mixtral"];

    private readonly List<TinyModel> _models = [];

    public static TheoryData<string> Families => [.. FamilyNames];

    public static IEnumerable<object[]> FamiliesAndKinds =>
        from family in FamilyNames
        from kind in new[] { "lora", "dora", "full" }
        select new object[] { family, kind };

    public void Dispose() => _models.ForEach(model => model.Dispose());

    [Theory]
    [MemberData(nameof(FamiliesAndKinds))]
    public void A_resumed_run_gives_the_same_weights_to_the_bit_as_a_run_without_a_break(string family, string kind)
    {
        var tiny = Tiny(family);
        byte[] expected = Weights(tiny, Fit(Options(tiny, kind, "whole")));

        var options = Options(tiny, kind, "stopped");
        using var source = new CancellationTokenSource();
        options.CancellationToken = source.Token;
        options.Reporting.Progress = new Listener(p =>
        {
            if (p.Step == 2)
            {
                source.Cancel();
            }
        });
        Assert.Throws<AsftInterruptedException>(() => Fit(options));
        options = Options(tiny, kind, "stopped");
        options.Checkpoints.Resume = true;

        Assert.Equal(expected, Weights(tiny, Fit(options)));
    }

    [Theory]
    [MemberData(nameof(FamiliesAndKinds))]
    public void Two_workers_with_checkpointing_give_the_losses_of_one_worker_without_it(string family, string kind)
    {
        var tiny = Tiny(family);
        using var one = Fit(Options(tiny, kind, output: null));

        var results = ThreadWorkers.Run(2, workers =>
        {
            var options = Options(tiny, kind, output: null);
            (options.Runtime.Workers, options.BatchSize, options.Runtime.GradientCheckpointing) = (workers, 1, true);
            using var model = Fit(options);
            return model.History.Select(progress => (progress.Loss, progress.GradientNorm)).ToArray();
        });

        Assert.All(results, result =>
        {
            Assert.Null(result.Error);
            Assert.All(one.History.Zip(result.Result!), step =>
            {
                Assert.Equal(step.First.Loss, step.Second.Loss, 1e-4);
                Assert.Equal(step.First.GradientNorm, step.Second.GradientNorm, 1e-3 * step.First.GradientNorm);
            });
        });
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void An_adapter_can_be_saved_and_loaded_and_merged(string family)
    {
        var tiny = Tiny(family);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var ids = tensor([5L, 9, 200, 31, 7], [1, 5]);
        using var model = CausalLanguageModel.Load(tiny.Path);
        var before = model.Forward(ids);
        var adapters = AdapterSet.AddNew(model, new AdapterConfig { R = 3, LoraAlpha = 6, TargetModules = [], TargetPattern = AdapterConfig.AllLinear }, seed: 4);
        using var generator = new Generator(8);
        foreach (var (_, parameter) in adapters.Parameters)
        {
            parameter.add_(empty(parameter.shape).normal_(0, 0.3, generator));
        }

        var expected = model.Forward(ids);
        Assert.False(before.allclose(expected, 1e-2, 1e-2));
        adapters.Save(Path.Combine(tiny.Folder, "adapter"));
        using var again = CausalLanguageModel.Load(tiny.Path);
        AdapterSet.Load(again, Path.Combine(tiny.Folder, "adapter"));
        Assert.True(expected.allclose(again.Forward(ids), 1e-5, 1e-6));
        ModelTensors.Save(model, ((Decoder)model).Config, Path.Combine(tiny.Folder, "merged"), copyFrom: null);
        using var merged = CausalLanguageModel.Load(Path.Combine(tiny.Folder, "merged"));
        Assert.True(expected.allclose(merged.Forward(ids), 1e-3, 1e-4));
    }

    private TinyModel Tiny(string family)
    {
        var model = new TinyModel(family: family);
        _models.Add(model);
        return model;
    }

    private static AsftTransformer Fit(AsftOptions options)
    {
        var context = new MLContext(seed: 1);
        return context.Transforms.AsftFineTune(options).Fit(context.Data.LoadFromEnumerable(Demonstration.Some));
    }

    private static AsftOptions Options(TinyModel model, string kind, string? output) => new()
    {
        ModelPath = model.Path,
        Template = "plain",
        LearningRate = 2e-3,
        MaxSteps = Steps,
        BatchSize = 2,
        Batches = { GlobalBatchSize = 2 },
        Runtime = { Precision = ModelPrecision.Float32 },
        Lora = kind == "full" ? null : new LoraOptions { Rank = 4, Alpha = 8, Dropout = 0.3, TargetPattern = AdapterConfig.AllLinear, UseDora = kind == "dora" },
        OutputFolder = output is null ? null : Path.Combine(model.Folder, output),
    };

    private static byte[] Weights(TinyModel tiny, AsftTransformer model)
    {
        string folder = Path.Combine(tiny.Folder, Path.GetRandomFileName());
        using (model)
        {
            model.SaveModel(folder);
            return File.ReadAllBytes(Path.Combine(folder, "model.safetensors"));
        }
    }

    private sealed class Listener(Action<AsftProgress> listen) : IProgress<AsftProgress>
    {
        public void Report(AsftProgress value) => listen(value);
    }
}
