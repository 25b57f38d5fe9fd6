using Microsoft.ML.Asft.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Operators.Dropout;

/// <summary>
/// The random numbers of a model under autograd: dropout, and NEFTune's noise on the embeddings. Each number is a hash of its token's key
/// and its column. It is the same on every device, and for dropout the same as in <see cref="DropoutMask"/>. So results do not depend on how rows
/// are batched, and a layer that is run again gets the same numbers.
/// </summary>
internal sealed class TokenNoise : IDisposable
{
    private const uint NoiseSeed = 0x5EED0E3B;

    private readonly Tensor _keys;        // int32 (N, 1), the bits of each token's key
    private readonly Tensor _lengths;     // float32 (N, 1), the length of each token's example
    private readonly double _neftuneAlpha;

    /// <param name="keys">A key for each of N tokens.</param>
    /// <param name="lengths">The length of each token's example, in tokens.</param>
    /// <param name="neftuneAlpha">NEFTune's α; 0 for no noise on the embeddings.</param>
    /// <param name="device">The model's device.</param>
    public TokenNoise(uint[] keys, float[] lengths, double neftuneAlpha, Device device)
    {
        long[] shape = [keys.Length, 1];
        _keys = DeviceTransfer.Send(tensor([.. keys.Select(key => unchecked((int)key))], shape, ScalarType.Int32), device).DetachFromDisposeScope();
        _lengths = DeviceTransfer.Send(tensor(lengths, shape, ScalarType.Float32), device).DetachFromDisposeScope();
        _neftuneAlpha = neftuneAlpha;
    }

    /// <summary>
    /// Gets or sets the numbers of the tokens whose rows are computed next, int64 (n); <see langword="null"/> for all N tokens. An expert sets them.
    /// </summary>
    public Tensor? Tokens { get; set; }

    /// <summary>Whether a tensor (…, columns) has a row for each token.</summary>
    public bool Fits(Tensor x) => x.numel() == (Tokens ?? _keys).numel() * x.shape[^1];

    /// <summary>Drops some of a projection's inputs and scales up the others, so that the expectation does not change.</summary>
    /// <param name="x">The inputs, (…, in), N rows in all.</param>
    /// <param name="seed">A seed for the projection.</param>
    /// <param name="share">The share of inputs that are dropped, 0 to 1 (exclusive).</param>
    public Tensor Drop(Tensor x, uint seed, double share)
    {
        using var scope = NewDisposeScope();
        var dropped = Hash(seed, x.shape).Lt(Ordered((uint)(share * uint.MaxValue)));
        return x.MaskedFill(dropped, 0).Mul_(1 / (1 - share)).MoveToOuterDisposeScope();   // autograd keeps one byte for each number
    }

    /// <summary>
    /// Adds NEFTune's noise (arXiv 2310.05914, algorithm 1): U(−1, 1)·α/√(L·H), where L is the length of the token's example.
    /// </summary>
    /// <param name="embeddings">The embeddings, (…, H), N rows in all.</param>
    public Tensor AddTo(Tensor embeddings)
    {
        if (_neftuneAlpha == 0)
        {
            return embeddings;
        }

        using var scope = NewDisposeScope();
        long[] shape = embeddings.shape;
        var noise = Hash(NoiseSeed, [_keys.numel(), shape[^1]]).to_type(ScalarType.Float32).Mul_(_neftuneAlpha / (1L << 31));
        noise.div_(_lengths.Mul(shape[^1]).sqrt_());
        return embeddings.Add(noise.view(shape).to_type(embeddings.dtype)).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _keys.Dispose();
        _lengths.Dispose();
    }

    // The hash of DropoutMask minus 2³¹, as int32: uniform over all int32 numbers, and in the same order as the hash.
    private Tensor Hash(uint seed, long[] shape)
    {
        var column = ScalarOperators.Arange(shape[^1], ScalarType.Int32, _keys.device).Mul_(Bits(DropoutMask.GoldenRatio));
        var hash = Mix((Tokens is null ? _keys : _keys.index_select(0, Tokens)).bitwise_xor(tensor(Bits(seed)))).bitwise_xor(column);
        return Mix(hash).bitwise_xor_(tensor(int.MinValue)).view(shape);
    }

    // DropoutMask.Mix, in place. Right shifts of int32 copy the sign bit, so those bits are masked out.
    private static Tensor Mix(Tensor value)
    {
        ShiftAndXor(value, 16).Mul_(Bits(DropoutMask.FirstFactor));
        ShiftAndXor(value, 13).Mul_(Bits(DropoutMask.SecondFactor));
        return ShiftAndXor(value, 16);
    }

    private static Tensor ShiftAndXor(Tensor value, int bits) =>
        value.bitwise_xor_(value.bitwise_right_shift(tensor(bits)).bitwise_and_(tensor((1 << (32 - bits)) - 1)));

    private static int Bits(uint value) => unchecked((int)value);

    private static int Ordered(uint value) => Bits(value ^ 0x80000000u);
}
