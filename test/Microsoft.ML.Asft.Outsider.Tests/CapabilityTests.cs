using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Checkpoints.Safetensors;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Options;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Outsider.Tests;

/// <summary>What a model made in code gets by an interface more, and what it is told without.</summary>
public class CapabilityTests
{
    private static readonly Row[] Rows = [new("say a", "bbbb"), new("b", "cc"), new("say c loud", "dddd"), new("say d", "a")];

    [Fact]
    public void Packing_gives_the_losses_of_padding()
    {
        var (packed, model) = Train(options => options.Batches.Packing = true);
        Assert.Contains(nameof(IPackedModel.ForwardPacked), model.Calls);
        Agree(Train().History, packed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Checkpointed_layers_give_the_losses_of_one_pass(bool packing)
    {
        var (checkpointed, model) = Train(options => (options.Runtime.GradientCheckpointing, options.Batches.Packing) = (true, packing));
        Assert.Contains(nameof(ILayeredModel.Chain), model.Calls);
        Agree(Train().History, checkpointed);
    }

    [Theory]
    [InlineData(WorkerSharding.Optimizer, false)]
    [InlineData(WorkerSharding.Optimizer, true)]
    [InlineData(WorkerSharding.Parameters, true)]
    public void Divided_layers_give_the_losses_of_whole_ones(WorkerSharding sharding, bool checkpointing)
    {
        void Full(AsftOptions options) => (options.Lora, options.LearningRate) = (null, 1e-2);
        var (divided, model) = Train(options =>
        {
            Full(options);
            (options.Runtime.Sharding, options.Runtime.GradientCheckpointing) = (sharding, checkpointing);
        });
        Assert.Null(model.LayerWeights);
        Agree(Train(Full).History, divided);
    }

    [Fact]
    public void Noise_is_there_in_training_and_gone_after_it()
    {
        var (noisy, model) = Train(options => options.NeftuneAlpha = 5);
        Assert.NotEqual(Train().History[0].Loss, noisy[0].Loss);
        Assert.Null(model.EmbeddingNoise);
    }

    [Fact]
    public void A_model_with_a_configuration_is_saved_as_a_folder()
    {
        string folder = Directory.CreateTempSubdirectory("asft-outsider-").FullName;
        try
        {
            var own = new AveragingModel(Letters.Count, 32);
            using var trained = Fit(own, Options());
            trained.SaveModel(folder);
            using var noGrad = no_grad();
            using var source = TensorSource.Open(folder);
            Assert.Equal(["embedding", "head", "mix0.weight", "mix1.weight"], source.Names.Order(StringComparer.Ordinal));
            Assert.True(source.Read("mix0.weight").allclose(own.AdaptableLayers().First().Layer.MergedWeight(), 0, 0));
            Assert.Equal(own.Config.HiddenSize, ModelConfig.Load(folder).HiddenSize);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData(nameof(BatchOptions.Packing), nameof(IPackedModel))]
    [InlineData(nameof(RuntimeOptions.GradientCheckpointing), nameof(ILayeredModel))]
    [InlineData(nameof(AsftOptions.NeftuneAlpha), nameof(IEmbeddingNoiseModel))]
    [InlineData(nameof(RuntimeOptions.Sharding), nameof(ILayeredModel))]
    public void An_option_that_a_model_cannot_honour_is_refused_by_name(string option, string capability)
    {
        var options = Options();
        _ = option switch
        {
            nameof(BatchOptions.Packing) => options.Batches.Packing = true,
            nameof(RuntimeOptions.GradientCheckpointing) => options.Runtime.GradientCheckpointing = true,
            nameof(AsftOptions.NeftuneAlpha) => (options.NeftuneAlpha = 5) > 0,
            _ => (options.Runtime.Sharding = WorkerSharding.Optimizer) > 0,
        };
        options.Lora = option == nameof(RuntimeOptions.Sharding) ? null : options.Lora;
        using var model = new BigramModel(Letters.Count, 32);
        options.Lora?.TargetModules.Clear();
        options.Lora?.TargetModules.Add("_mix");
        var error = Assert.ThrowsAny<Exception>(() => Fit(model, options));
        Assert.Contains(option, error.Message);
        Assert.Contains(capability, error.Message);
        Assert.Contains(nameof(BigramModel), error.Message);
    }

    private static (IReadOnlyList<AsftProgress> History, AveragingModel Model) Train(Action<AsftOptions>? change = null)
    {
        var options = Options();
        change?.Invoke(options);
        var model = new AveragingModel(Letters.Count, 32);
        using var trained = Fit(model, options);
        return (trained.History, model);
    }

    private static AsftTransformer Fit(CausalLanguageModel model, AsftOptions options)
    {
        var mlContext = new MLContext(seed: 1);
        return mlContext.Transforms.AsftFineTune(model, Letters.Tokenizer, options).Fit(mlContext.Data.LoadFromEnumerable(Rows));
    }

    private static AsftOptions Options() => new()
    {
        Template = "plain",
        Objective = AsftObjective.Sft,
        LearningRate = 5e-2,
        MaxSteps = 6,
        BatchSize = 3,
        Lora = new LoraOptions { Rank = 4, Alpha = 8, Dropout = 0, TargetModules = ["mix0", "mix1"] },
        Generation = { MaxNewTokens = 2 },
    };

    private static void Agree(IReadOnlyList<AsftProgress> expected, IReadOnlyList<AsftProgress> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First.Loss, pair.Second.Loss, 1e-4));
        Assert.True(expected[^1].Loss < expected[0].Loss);
    }
}
