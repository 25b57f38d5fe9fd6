using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Tests.Support;

namespace Microsoft.ML.Asft.Serving.Tests;

/// <summary>A small random model, whose greedy completions go on to their limit.</summary>
public sealed class TinyServed : IDisposable
{
    private readonly TinyModel _folder = new(vocabulary: 257, seed: 3);

    public TinyServed() => Model = new MLContext(seed: 1).Model.LoadAsft(new AsftOptions
    {
        ModelPath = _folder.Path,
        Template = "plain",
        Generation = { MaxNewTokens = 12 },
    });

    public AsftTransformer Model { get; }

    public void Dispose()
    {
        Model.Dispose();
        _folder.Dispose();
    }
}
