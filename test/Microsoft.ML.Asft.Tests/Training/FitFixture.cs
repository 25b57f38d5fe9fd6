using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Tests.Support;
using Microsoft.ML.Asft.Training;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Tests.Training;

/// <summary>A tiny model, a context that remembers its warnings, and fits of a few steps.</summary>
public abstract class FitFixture : IDisposable
{
    private readonly TinyModel _model = new();

    protected FitFixture() => MLContext.Log += (_, e) =>
    {
        if (e.Kind == Runtime.ChannelMessageKind.Warning)
        {
            Warnings.Add(e.RawMessage);
        }
    };

    protected MLContext MLContext { get; } = new(seed: 1);

    protected List<string> Warnings { get; } = [];

    protected virtual int Steps => 9;

    public void Dispose()
    {
        _model.Dispose();
        GC.SuppressFinalize(this);
    }

    protected AsftOptions Options(string? output = null, bool lora = true) => new()
    {
        ModelPath = _model.Path,
        Template = "plain",
        LearningRate = 5e-3,
        MaxSteps = Steps,
        BatchSize = 2,
        Lora = lora ? new LoraOptions { Rank = 4, Alpha = 8, Dropout = 0.3 } : null,
        OutputFolder = output is null ? null : At(output),
        Generation = { MaxNewTokens = 6 },
        Runtime = { Precision = ModelPrecision.Float32 },
    };

    protected IDataView Data() => MLContext.Data.LoadFromEnumerable(Demonstration.Some);

    protected AsftTransformer Fit(AsftOptions options) => MLContext.Transforms.AsftFineTune(options).Fit(Data());

    /// <summary>Fits, and cancels after a step.</summary>
    protected AsftInterruptedException Stop(AsftOptions options, int step)
    {
        using var source = new CancellationTokenSource();
        options.CancellationToken = source.Token;
        options.Reporting.Progress = new Listener<AsftProgress>(p =>
        {
            if (p.Step == step)
            {
                source.Cancel();
            }
        });
        return Assert.Throws<AsftInterruptedException>(() => Fit(options));
    }

    /// <summary>The bytes of the adapter or the model, which is disposed of.</summary>
    protected byte[] WeightsOf(AsftTransformer model)
    {
        string folder = At(Path.GetRandomFileName());
        using (model)
        {
            if (model.Model.AdaptableLayers().Any(l => l.Layer.LoraA is not null))
            {
                model.SaveAdapter(folder);
                return File.ReadAllBytes(Path.Combine(folder, AdapterSet.FileName));
            }

            model.SaveModel(folder);
            return File.ReadAllBytes(Path.Combine(folder, "model.safetensors"));
        }
    }

    protected string At(params string[] parts) => Path.Combine([_model.Folder, .. parts]);

    protected sealed class Listener<T>(Action<T> listen) : IProgress<T>
    {
        public void Report(T value) => listen(value);
    }
}
