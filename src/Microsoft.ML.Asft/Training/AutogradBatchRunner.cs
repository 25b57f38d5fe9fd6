using Microsoft.ML.Asft.Modeling;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training;

/// <summary>Runs any model with autograd: padded, or our own decoder with all rows in one.</summary>
internal sealed class AutogradBatchRunner(CausalLanguageModel model, bool recompute, bool packing = false, double neftuneAlpha = 0) : BatchRunner
{
    private readonly Decoder? _decoder = model as Decoder;
    private readonly LoraLinear[] _dropping = [.. model.AdaptableLayers().Select(named => named.Layer).Where(layer => layer.Dropout > 0)];
    private readonly bool _packs = packing && model is Decoder;

    private TokenNoise? _noise;
    private CheckpointedPass? _pass;
    private Tensor? _states;      // (B, T, H)
    private Tensor? _hidden;      // (N, H), with its graph
    private Tensor? _positions;

    public override Tensor HiddenStates(TrainingBatch batch)
    {
        using var noGrad = no_grad();
        if (_packs)
        {
            var (sequences, packed) = batch.Packed();
            return Gather(_decoder!.ForwardPacked(sequences), packed);
        }

        var (ids, positions) = batch.Padded();
        return Gather(model.Forward(ids), positions);
    }

    public override Tensor Forward(TrainingBatch batch)
    {
        Use(_dropping.Length > 0 || neftuneAlpha > 0 ? batch.Noise(_packs, neftuneAlpha) : null);
        if (_packs)
        {
            (var sequences, _positions) = batch.Packed();
            _pass = recompute ? _decoder!.ForwardPackedCheckpointed(sequences) : null;
            _states = _pass?.Output ?? _decoder!.ForwardPacked(sequences);
        }
        else
        {
            (var ids, _positions) = batch.Padded();
            _pass = recompute ? _decoder?.ForwardCheckpointed(ids) : null;
            _states = _pass?.Output ?? model.Forward(ids);
        }

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

        Use(null);
        parameters.CollectGradients();
    }

    public override void Dispose()
    {
        Use(null);
        _pass?.Dispose();
    }

    // A layer that is run again on the way back draws the same.
    private void Use(TokenNoise? noise)
    {
        _noise?.Dispose();
        _noise = noise;
        foreach (var layer in _dropping)
        {
            layer.Noise = noise;
        }

        if (_decoder is not null)
        {
            _decoder.Noise = noise;
        }
    }

    private static Tensor Gather(Tensor states, Tensor positions) => states.reshape(-1, states.shape[^1]).index_select(0, positions);
}
