using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Native;
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

    /// <summary>The masks for layers without and with a sliding window; <see langword="null"/> for no mask.</summary>
    public (AttentionMask? Full, AttentionMask? Windowed) For(int length, int past, Tensor? attentionMask)
    {
        int total = past + length;
        int? window = config.SlidingWindow;
        bool outgrowsWindow = window < total;
        if (length == 1 && attentionMask is null && !outgrowsWindow)
        {
            return (null, null);
        }

        if (past == 0 && attentionMask is null)
        {
            var causal = AttentionMask.Causal(() => Rows(Grown(total).Causal, past, total));
            return (causal, outgrowsWindow ? AttentionMask.Of(Rows(Grown(total).Windowed!, past, total)) : causal);
        }

        var full = length == 1 ? null : Rows(Grown(total).Causal, past, total);
        var windowed = outgrowsWindow ? Rows(Grown(total).Windowed!, past, total) : full;
        if (attentionMask is not null)
        {
            var padding = zeros([attentionMask.shape[0], 1, 1, total], dtype, device)
                .MaskedFill_(attentionMask.Eq(0).view(-1, 1, 1, total), _ban);
            full = full is null ? padding : full.minimum(padding);
            windowed = windowed is null ? padding : windowed.minimum(padding);
        }

        return (Of(full), Of(windowed));
    }

    /// <summary>The masks for T new tokens after sequences of different lengths.</summary>
    public (AttentionMask? Full, AttentionMask? Windowed) For(int length, IReadOnlyList<int> lengths)
    {
        int total = lengths.Max() + length;
        var past = DeviceTransfer.Send([.. lengths.Select(l => (long)l)], [lengths.Count, 1, 1, 1], device);
        var query = past.Add(ScalarOperators.Arange(length, ScalarType.Int64, device).view(1, 1, -1, 1));
        var distance = query.sub(ScalarOperators.Arange(total, ScalarType.Int64, device));
        var full = zeros([lengths.Count, 1, length, total], dtype, device).MaskedFill_(distance.Lt(0), _ban);
        return (Of(full), Of(config.SlidingWindow is { } window ? full.MaskedFill(distance.Ge(window), _ban) : full));
    }

    /// <summary>The masks for packed sequences.</summary>
    /// <param name="sequence">The sequence of each token, int64 (N).</param>
    public (AttentionMask? Full, AttentionMask? Windowed) ForPacked(Tensor sequence)
    {
        int total = (int)sequence.numel();
        var (causal, windowed) = Grown(total);
        var isOfAnother = sequence.unsqueeze(0).ne(sequence.unsqueeze(1));
        var full = Rows(causal, 0, total).MaskedFill(isOfAnother, _ban);
        return (Of(full), Of(windowed is null ? full : Rows(windowed, 0, total).MaskedFill(isOfAnother, _ban)));
    }

    public void Dispose()
    {
        _causal?.Dispose();
        _windowed?.Dispose();
        (_causal, _windowed) = (null, null);
    }

    private static AttentionMask? Of(Tensor? added) => added is null ? null : AttentionMask.Of(added);

    // The queries from a position on, with all keys: (total - past, total).
    private static Tensor Rows(Tensor mask, int past, int total) => mask.narrow(0, past, total - past).narrow(1, 0, total);

    // The masks of at least this length.
    private (Tensor Causal, Tensor? Windowed) Grown(int total)
    {
        if (_causal is not null && _causal.shape[0] >= total)
        {
            return (_causal, _windowed);
        }

        long size = (long)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(64, total));
        Dispose();
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var i = ScalarOperators.Arange(size, ScalarType.Int64, device);
        var distance = i.unsqueeze(1).sub(i.unsqueeze(0));                        // query - key
        _causal = zeros([size, size], dtype, device).MaskedFill_(distance.Lt(0), _ban).DetachFromDisposeScope();
        if (config.SlidingWindow is { } window)
        {
            _windowed = _causal.MaskedFill(distance.Ge(window), _ban).DetachFromDisposeScope();
        }

        return (_causal, _windowed);
    }
}
