using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Modeling.Storage;
using Microsoft.ML.Asft.Native;
using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Training;
using Microsoft.ML.Asft.Training.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Estimation;

/// <summary>A model with the widths of another, but few layers, on which the parts of a step are timed. A very large vocabulary is made smaller.</summary>
internal sealed class MiniatureModel : IDisposable
{
    // A head of more weights takes too long to measure. Its time grows with the vocabulary.
    private const long MostHeadWeights = 1 << 27;

    private readonly LoadedModel _loaded;
    private readonly BatchRunner _runner;
    private readonly ParameterStore _parameters;
    private readonly Lazy<ParameterUpdater> _updater;     // its state is large, and not every model is updated
    private readonly Decoder _model;

    public MiniatureModel(ModelConfig config, AsftOptions options, int layers)
    {
        int vocabulary = (int)Math.Min(config.VocabSize, Math.Max(1024, MostHeadWeights / config.HiddenSize));
        var format = ModelFormat.Of(options.Runtime, DeviceType.CPU, options.TrainsEveryParameter);
        var dtype = format.Products;
        var storage = format.StorageOf(config.TorchDtype == ScalarType.BFloat16);
        using var noGrad = no_grad();
        _model = new Decoder(
            config with { NumHiddenLayers = layers, VocabSize = vocabulary, EosTokenIds = [] },
            (_, shape) => ScalarOperators.Full(shape, 0.01, dtype).DetachFromDisposeScope(), dtype, CPU, storage is null ? null : Store);
        _loaded = AsftEstimator.WithTrainedParameters(new LoadedModel(_model, null!, null!, null, null), options, seed: 0);
        _runner = BatchRunner.For(_model, options.Runtime.GradientCheckpointing);
        _parameters = new FlatParameters([.. Training.Optimization.TrainedParameters.Of(_loaded, [])], options.Runtime.WorkerGroup);
        _updater = new(() => new ParameterUpdater(_parameters, options.Optimizer));

        StoredWeight? Store(string name, long[] shape)
        {
            using var weight = ScalarOperators.Full(shape, 0.01, ScalarType.Float32);
            return StoredWeight.Of(weight, storage.Value, name);
        }
    }

    /// <summary>Gets the number of layers.</summary>
    public int Layers => _model.Layers.Length;

    /// <summary>Gets the number of tokens in its vocabulary.</summary>
    public long Vocabulary => _model.HeadWeight.shape[0];

    /// <summary>Gets the number of parameters of the model itself, without adapters.</summary>
    public long Parameters => _model.ParameterCount() - (_loaded.Adapters?.Parameters.Sum(p => p.Parameter.numel()) ?? 0);

    /// <summary>Gets the bytes of the model's weights as they are stored, without adapters.</summary>
    public long WeightBytes => _model.parameters().Sum(p => p.numel() * p.ElementSize) + Stored.Sum(w => w.Bytes)
        - (_loaded.Adapters?.Parameters.Sum(p => p.Parameter.numel() * p.Parameter.ElementSize) ?? 0);

    /// <summary>Gets the bytes of a number in products and activations.</summary>
    public int ElementSize => (int)_model.HeadWeight.ElementSize;

    /// <summary>Gets the bytes into which stored weights are expanded.</summary>
    public long ExpandedBytes => ElementSize * Stored.Select(w => w.Count).DefaultIfEmpty().Max();

    /// <summary>Gets the number of parameters that are trained.</summary>
    public long TrainedParameters => _parameters.Count;

    /// <summary>Gets how many numbers per token are kept for the backward pass of one layer, without its input.</summary>
    public long KeptWidth => _model.Layers[0].KeptWidth;

    /// <summary>Runs a forward pass to the hidden states of all tokens, and a backward pass.</summary>
    public void ForwardAndBackward(EncodedExample[] rows)
    {
        using var scope = NewDisposeScope();
        _model.train();
        using var batch = new TrainingBatch(rows, CPU);
        var hidden = _runner.Forward(batch);
        _runner.Backward(ScalarOperators.FullLike(hidden, 1e-3), _parameters);
    }

    /// <summary>Runs a forward pass alone, as the reference does.</summary>
    public void Forward(EncodedExample[] rows)
    {
        using var scope = NewDisposeScope();
        _model.eval();
        using var batch = new TrainingBatch(rows, CPU);
        _runner.HiddenStates(batch);
    }

    /// <summary>Computes the loss and the gradient of some labels.</summary>
    public void Head(int labels, AnchoredHead head)
    {
        using var scope = NewDisposeScope();
        long[] labelIds = [.. Enumerable.Range(0, labels).Select(i => i % Vocabulary)];
        var hidden = ScalarOperators.Full([labels, _model.HeadWeight.shape[1]], 0.1, _model.HeadWeight.dtype);
        head.Evaluate(
            hidden, _model.HeadWeight.detach(), tensor(labelIds), head.NeedsReference ? (hidden, _model.HeadWeight.detach()) : null, 1e-3,
            _parameters.GradientOf(_model.HeadWeight), [labels]);
    }

    /// <summary>Does what a step does with the gradients: their norm, the optimizer's update, and the new values for the model.</summary>
    public void Update()
    {
        _parameters.GradientNorm();
        _updater.Value.Step(learningRate: 1e-9, gradientScale: 1);
    }

    private IEnumerable<StoredWeight> Stored => _model.AdaptableLayers().Select(l => l.Layer.Stored).OfType<StoredWeight>();

    public void Dispose()
    {
        if (_updater.IsValueCreated)
        {
            _updater.Value.Dispose();
        }

        _parameters.Dispose();
        _runner.Dispose();
        _model.Dispose();
    }
}
