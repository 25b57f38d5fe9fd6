using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Modeling.Operators.Dropout;
using Microsoft.ML.Asft.Modeling.Operators.Projections;
using Microsoft.ML.Asft.Training.Optimization;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training;

/// <summary>
/// Runs any model with autograd. The rows of a batch are padded. They are packed into one row if the options ask for it or the model does not
/// allow padding. The backward pass runs each layer again if that is asked for, and always if weights are stored smaller than what products compute in:
/// otherwise autograd would keep the expanded weights of all layers.
/// </summary>
internal sealed class AutogradBatchRunner(CausalLanguageModel model, bool recompute, bool packing = false, double neftuneAlpha = 0) : BatchRunner
{
    private readonly ILayeredModel? _layered = recompute || model.AdaptableLayers().Any(named => named.Layer.Stored is not null) ? model as ILayeredModel : null;
    private readonly IEmbeddingNoiseModel? _noiseModel = model as IEmbeddingNoiseModel;
    private readonly LoraLinear[] _dropoutLayers = [.. model.AdaptableLayers().Select(named => named.Layer).Where(layer => layer.Dropout > 0)];

    private CheckpointedPass? _pass;
    private Tensor? _states;      // (B, T, H)
    private Tensor? _hidden;      // (N, H), with its graph
    private Tensor? _positions;

    public override void Prepare(TrainingBatch batch)
    {
        _ = Layout(batch);
        _ = NoiseOf(batch);
    }

    public override Tensor HiddenStates(TrainingBatch batch)
    {
        using var noGrad = no_grad();
        var (ids, layout, positions) = Layout(batch);
        return Gather(Run(ids, layout), positions);
    }

    public override Tensor Forward(TrainingBatch batch)
    {
        SetNoise(NoiseOf(batch));
        (var ids, var layout, _positions) = Layout(batch);
        _pass = _layered is null ? null : new CheckpointedPass(_layered, _layered.Chain(ids, layout));
        _states = _pass?.Output ?? Run(ids, layout);
        _hidden = Gather(_states, _positions);
        return _hidden.detach();
    }

    public override void Backward(Tensor gradient, ParameterStore parameters)
    {
        if (_pass is null)
        {
            _hidden!.backward([gradient]);
        }
        else
        {
            var spread = zeros([_states!.numel() / gradient.shape[1], gradient.shape[1]], gradient.dtype, gradient.device);
            _pass.Backward(spread.index_copy_(0, _positions!, gradient).view(_states.shape));
            _pass.Dispose();
        }

        SetNoise(null);
        parameters.CollectGradients();
    }

    public override void Dispose()
    {
        SetNoise(null);
        _pass?.Dispose();
    }

    // Sets the noise and the dropout of a pass. With checkpointing the backward pass runs layers again, and they then get the same values.
    private void SetNoise(TokenNoise? noise)
    {
        foreach (var layer in _dropoutLayers)
        {
            layer.Noise = noise;
        }

        if (_noiseModel is not null)
        {
            _noiseModel.EmbeddingNoise = noise is null ? null : noise.AddTo;
        }
    }

    private TokenNoise? NoiseOf(TrainingBatch batch) =>
        _dropoutLayers.Length > 0 || neftuneAlpha > 0 ? batch.Noise(Packs(batch), neftuneAlpha) : null;

    private Tensor Run(Tensor ids, PackedLayout? layout) => layout is null ? model.Forward(ids) : ((IPackedModel)model).ForwardPacked(ids, layout);

    private bool Packs(TrainingBatch batch) =>
        model is IPackedModel packed && (packing || !packed.AllowsPadding([.. batch.Examples.Select(TrainingBatch.InputLength)]));

    // The token ids, the layout of the sequences if they are packed, and the positions that predict a label.
    private (Tensor InputIds, PackedLayout? Layout, Tensor Positions) Layout(TrainingBatch batch)
    {
        if (!Packs(batch))
        {
            var (padded, at) = batch.Padded();
            return (padded, null, at);
        }

        var (ids, layout) = batch.PackedRow();
        return (ids, layout, batch.Packed().Positions);
    }

    private static Tensor Gather(Tensor states, Tensor positions) => states.reshape(-1, states.shape[^1]).index_select(0, positions);
}
