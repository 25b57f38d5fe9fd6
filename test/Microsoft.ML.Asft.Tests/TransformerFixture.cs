using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Tests.Support;

namespace Microsoft.ML.Asft.Tests;

/// <summary>A transformer that was fitted to a few demonstrations.</summary>
public abstract class TransformerFixture : IDisposable
{
    protected TransformerFixture() => Model = MLContext.Transforms.AsftFineTune(Options()).Fit(Data());

    protected MLContext MLContext { get; } = new(seed: 1);

    internal TinyModel Folder { get; } = new();

    protected AsftTransformer Model { get; }

    public void Dispose()
    {
        Model.Dispose();
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    // Batches may be composed in another way, which rounds in another way.
    protected static void Same(AsftMetrics expected, AsftMetrics actual)
    {
        Assert.Equal(expected.Tokens, actual.Tokens);
        Assert.Equal(expected.Sft, actual.Sft, 1e-5);
        Assert.Equal(expected.Kl, actual.Kl, 1e-5);
        Assert.Equal(expected.TokenAccuracy, actual.TokenAccuracy);
    }

    protected static string[] Completions(AsftTransformer model) =>
        [.. model.Complete([.. Demonstration.Some.Select(d => d.Instruction!)]).Select(c => c.Text)];

    protected IDataView Data() => MLContext.Data.LoadFromEnumerable(Demonstration.Some);

    protected AsftOptions Options() => new()
    {
        ModelPath = Folder.Path,
        Template = "plain",
        LearningRate = 1e-2,
        MaxSteps = 15,
        BatchSize = 2,
        Lora = new LoraOptions { Rank = 4, Alpha = 8, Dropout = 0 },
        Objective = AsftObjective.SftKl,
        Generation = { MaxNewTokens = 6, BatchSize = 2 },
        Runtime = { Precision = ModelPrecision.Float32 },
    };
}
