using Microsoft.ML.Asft.Checkpoints.Configuration;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Operators.Attention;

/// <summary>
/// Masks that are added to attention scores, so that a query sees only itself and earlier tokens, within its window, and no padding. A mask is zero for a key
/// that the query sees, and otherwise so low that the key's weight becomes zero. The causal masks are cached and grow with the length.
/// </summary>
internal sealed class CausalMask(ModelConfig config, ScalarType dtype, Device device) : IDisposable
{
    // Far below any score, but finite: a row that sees only padding must not become NaN, because NaN would spread to other rows.
    private readonly double _ban = dtype == ScalarType.Float16 ? -6e4 : -1e30;
    private Tensor? _causal;    // (length, length)
    private Tensor? _windowed;

    /// <summary>The masks for layers without and with a sliding window, broadcast to (B, Hk, G, T, S); <see langword="null"/> for no mask.</summary>
    public (Tensor? Full, Tensor? Windowed) For(int length, int past, Tensor? attentionMask)
    {
        int total = past + length;
        int? window = config.SlidingWindow;
        bool outgrowsWindow = window < total;
        if (length == 1 && attentionMask is null && !outgrowsWindow)
        {
            return (null, null);
        }

        Grow(total);
        var full = length == 1 ? null : _causal!.narrow(0, past, length).narrow(1, 0, total);
        var windowed = outgrowsWindow ? _windowed!.narrow(0, past, length).narrow(1, 0, total) : full;
        if (attentionMask is not null)
        {
            var padding = zeros([attentionMask.shape[0], 1, 1, 1, total], dtype, device)
                .masked_fill_(attentionMask.eq(0).view(-1, 1, 1, 1, total), _ban);
            full = full is null ? padding : full.minimum(padding);
            windowed = windowed is null ? padding : windowed.minimum(padding);
        }

        return (full, windowed);
    }

    /// <summary>The masks for T new tokens after sequences of different lengths, each (B, 1, 1, T, S).</summary>
    public (Tensor Full, Tensor Windowed) For(int length, IReadOnlyList<int> lengths)
    {
        int total = lengths.Max() + length;
        var past = tensor([.. lengths.Select(l => (long)l)], ScalarType.Int64, device).view(-1, 1, 1, 1, 1);
        var query = past.add(arange(length, ScalarType.Int64, device).view(1, 1, 1, -1, 1));
        var distance = query.sub(arange(total, ScalarType.Int64, device));
        var full = zeros([lengths.Count, 1, 1, length, total], dtype, device).masked_fill_(distance.lt(0), _ban);
        return (full, config.SlidingWindow is { } window ? full.masked_fill(distance.ge(window), _ban) : full);
    }

    /// <summary>The masks for packed sequences, (N, N).</summary>
    /// <param name="sequence">The sequence of each token, int64 (N).</param>
    public (Tensor Full, Tensor Windowed) ForPacked(Tensor sequence)
    {
        int total = (int)sequence.numel();
        Grow(total);
        var isOfAnother = sequence.unsqueeze(0).ne(sequence.unsqueeze(1));
        var full = _causal!.narrow(0, 0, total).narrow(1, 0, total).masked_fill(isOfAnother, _ban);
        return (full, _windowed is null ? full : _windowed.narrow(0, 0, total).narrow(1, 0, total).masked_fill(isOfAnother, _ban));
    }

    public void Dispose()
    {
        _causal?.Dispose();
        _windowed?.Dispose();
        (_causal, _windowed) = (null, null);
    }

    private void Grow(int total)
    {
        if (_causal is not null && _causal.shape[0] >= total)
        {
            return;
        }

        long size = (long)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(64, total));
        Dispose();
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var i = arange(size, ScalarType.Int64, device);
        var distance = i.unsqueeze(1).sub(i.unsqueeze(0));                        // query - key
        _causal = zeros([size, size], dtype, device).masked_fill_(distance.lt(0), _ban).DetachFromDisposeScope();
        if (config.SlidingWindow is { } window)
        {
            _windowed = _causal.masked_fill(distance.ge(window), _ban).DetachFromDisposeScope();
        }
    }
}
