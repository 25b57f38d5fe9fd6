using Microsoft.ML.Asft.Checkpoints;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>A <see cref="DecoderLayer"/> over packed sequences, and its gradients.</summary>
internal sealed class PackedLayer
{
    private readonly DecoderLayer _layer;
    private readonly PackedAttention _attention;
    private readonly PackedProjection _query;
    private readonly PackedProjection _key;
    private readonly PackedProjection _value;
    private readonly PackedProjection _output;
    private readonly PackedProjection _gate;
    private readonly PackedProjection _up;
    private readonly PackedProjection _down;

    public PackedLayer(DecoderLayer layer, ModelConfig config, int index)
    {
        _layer = layer;
        _attention = new PackedAttention(config, config.UsesSlidingWindow(index) ? config.SlidingWindow : null);
        var (attention, feedForward) = (layer.Attention, layer.FeedForward);
        _query = new PackedProjection(attention.Query);
        _key = new PackedProjection(attention.Key);
        _value = new PackedProjection(attention.Value);
        _output = new PackedProjection(attention.Output);
        _gate = new PackedProjection(feedForward.Gate);
        _up = new PackedProjection(feedForward.Up);
        _down = new PackedProjection(feedForward.Down);
    }

    /// <summary>Runs the layer.</summary>
    /// <param name="x">(N, hidden).</param>
    /// <param name="output">(N, hidden), x itself where nobody goes back; none when only the activations are wanted again.</param>
    /// <param name="kept">Where what the backward pass needs is left.</param>
    /// <param name="scratch">Memory to use.</param>
    /// <param name="context">What the pass shares.</param>
    public void Forward(Tensor x, Tensor? output, PackedActivations kept, PackedScratch scratch, PackedContext context)
    {
        using var scope = NewDisposeScope();
        long n = context.Tokens;
        var normed = Norm(_layer.InputNorm, x, scratch.Hidden(0, n), context);
        var (query, key, value) = kept.Raw(n) is { } raw
            ? (raw.Query, raw.Key, scratch.Keys(0, n))
            : (scratch.Queries(0, n), scratch.Keys(1, n), scratch.Keys(0, n));
        _query.Forward(normed, query, add: false, context);
        _key.Forward(normed, key, add: false, context);
        _value.Forward(normed, value, add: false, context);
        if (_layer.Attention.QueryNorm is { } queryNorm)
        {
            query = Norm(queryNorm, query, scratch.Queries(0, n), context);
            key = Norm(_layer.Attention.KeyNorm!, key, scratch.Keys(1, n), context);
        }

        _attention.Split(query, key, value, kept.Heads(n), context);
        _attention.Forward(kept.Heads(n), scratch.Queries(1, n), kept.Mixed(n), context);
        var middle = ReferenceEquals(x, output) ? x : kept.Middle(n).copy_(x);
        _output.Forward(kept.Mixed(n), middle, add: true, context);

        normed = Norm(_layer.PostAttentionNorm, middle, scratch.Hidden(0, n), context);
        _gate.Forward(normed, kept.Gate(n), add: false, context);
        _up.Forward(normed, kept.Up(n), add: false, context);
        if (output is not null)
        {
            var activated = scratch.Inner(0, n);
            context.Kernels.SwiGlu(kept.Gate(n), kept.Up(n), activated);
            output.copy_(middle);      // which costs nothing where they are one
            _down.Forward(activated, output, add: true, context);
        }
    }

    /// <summary>Says whether anything in the layer is trained.</summary>
    public bool IsTrained(Func<Tensor, Tensor?> gradientOf) =>
        new[] { _query, _key, _value, _output, _gate, _up, _down }.Any(p => p.IsTrained(gradientOf)) || IsNormTrained(gradientOf);

    /// <summary>Adds to the gradients of what is trained, and turns that of the output into that of the input.</summary>
    /// <param name="x">The layer's input, (N, hidden).</param>
    /// <param name="gradient">(N, hidden).</param>
    /// <param name="needsInputGradient">Whether anything below is trained.</param>
    /// <param name="kept">What the forward pass left. It is of no use afterwards.</param>
    /// <param name="scratch">Memory to use.</param>
    /// <param name="gradientOf">The float32 gradient of a parameter; none where it is frozen.</param>
    /// <param name="context">What the pass shares.</param>
    public void Backward(
        Tensor x, Tensor gradient, bool needsInputGradient, PackedActivations kept, PackedScratch scratch,
        Func<Tensor, Tensor?> gradientOf, PackedContext context)
    {
        using var scope = NewDisposeScope();
        BackwardFeedForward(gradient, kept, scratch, gradientOf, context);
        BackwardAttention(x, gradient, needsInputGradient || IsNormTrained(gradientOf), kept, scratch, gradientOf, context);
    }

    private void BackwardFeedForward(
        Tensor gradient, PackedActivations kept, PackedScratch scratch, Func<Tensor, Tensor?> gradientOf, PackedContext context)
    {
        long n = context.Tokens;
        var (middle, gate, up) = (kept.Middle(n), kept.Gate(n), kept.Up(n));
        Tensor? activated = null;
        if (_down.IsTrained(gradientOf))
        {
            activated = scratch.Inner(0, n);
            context.Kernels.SwiGlu(gate, up, activated);
        }

        var activatedGradient = scratch.Inner(1, n);
        _down.Backward(activated, gradient, activatedGradient, add: false, gradientOf, context);
        context.Kernels.SwiGluBackward(gate, up, activatedGradient);

        var normed = _gate.IsTrained(gradientOf) || _up.IsTrained(gradientOf)
            ? Norm(_layer.PostAttentionNorm, middle, scratch.Hidden(0, n), context) : null;
        var normedGradient = scratch.Hidden(1, n);
        _gate.Backward(normed, gate, normedGradient, add: false, gradientOf, context);
        _up.Backward(normed, up, normedGradient, add: true, gradientOf, context);
        NormBackward(_layer.PostAttentionNorm, middle, normedGradient, gradient, add: true, gradientOf, context);
    }

    private void BackwardAttention(
        Tensor x, Tensor gradient, bool needsInputGradient, PackedActivations kept, PackedScratch scratch,
        Func<Tensor, Tensor?> gradientOf, PackedContext context)
    {
        long n = context.Tokens;
        var mixedGradient = scratch.Queries(0, n);
        _output.Backward(kept.Mixed(n), gradient, mixedGradient, add: false, gradientOf, context);
        var (query, key, value) = (scratch.Queries(0, n), scratch.Keys(0, n), scratch.Keys(1, n));
        _attention.Backward(
            kept.Heads(n),
            mixedGradient,
            (query, key, value),
            (scratch.Queries(1, n), scratch.Queries(2, n), scratch.Keys(2, n), scratch.Keys(3, n)),
            context);
        if (kept.Raw(n) is { } raw)
        {
            var (below, keyBelow) = (scratch.Queries(1, n), scratch.Keys(2, n));
            NormBackward(_layer.Attention.QueryNorm!, raw.Query, query, below, add: false, gradientOf, context);
            NormBackward(_layer.Attention.KeyNorm!, raw.Key, key, keyBelow, add: false, gradientOf, context);
            (query, key) = (below, keyBelow);
        }

        var normed = _query.IsTrained(gradientOf) || _key.IsTrained(gradientOf) || _value.IsTrained(gradientOf)
            ? Norm(_layer.InputNorm, x, scratch.Hidden(0, n), context) : null;
        var normedGradient = needsInputGradient ? scratch.Hidden(1, n) : null;
        _query.Backward(normed, query, normedGradient, add: false, gradientOf, context);
        _key.Backward(normed, key, normedGradient, add: true, gradientOf, context);
        _value.Backward(normed, value, normedGradient, add: true, gradientOf, context);
        if (normedGradient is not null)
        {
            NormBackward(_layer.InputNorm, x, normedGradient, gradient, add: true, gradientOf, context);
        }
    }

    private bool IsNormTrained(Func<Tensor, Tensor?> gradientOf) =>
        new[] { _layer.InputNorm, _layer.PostAttentionNorm, _layer.Attention.QueryNorm, _layer.Attention.KeyNorm }
            .Any(norm => norm is not null && gradientOf(norm.Weight) is not null);

    private static Tensor Norm(RmsNorm norm, Tensor x, Tensor y, PackedContext context)
    {
        context.Kernels.RmsNorm(x, norm.Weight, norm.Epsilon, y);
        return y;
    }

    private static void NormBackward(
        RmsNorm norm, Tensor x, Tensor outputGradient, Tensor inputGradient, bool add, Func<Tensor, Tensor?> gradientOf,
        PackedContext context) => context.Kernels.RmsNormBackward(
            x, norm.Weight, norm.Epsilon, outputGradient, inputGradient, add, gradientOf(norm.Weight));
}
