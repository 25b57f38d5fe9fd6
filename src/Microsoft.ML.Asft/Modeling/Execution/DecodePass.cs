using System.Runtime.InteropServices;
using Microsoft.ML.Asft.Modeling.Kernels;
using Microsoft.ML.Asft.Modeling.Operators.Rotary;
using Microsoft.ML.Asft.Modeling.Storage;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Execution;

/// <summary>
/// The data that the layers share while they compute one token of each sequence on the CPU, without tensors: activations are float32 in memory of this
/// object. It lives as long as a cache, during which the model's weights must not change: their keys and values would be stale.
/// </summary>
internal sealed unsafe class DecodePass(DecoderCache cache) : IDisposable
{
    private const nuint Alignment = 64;
    private const long ChunkLength = 1 << 18;   // numbers

    private readonly Dictionary<Tensor, WeightMatrix> _weights = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<object, nint> _derived = new(ReferenceEqualityComparer.Instance);
    private readonly List<(nint Memory, long Length)> _chunks = [];
    private int _chunk;
    private long _used;

    /// <summary>Gets the keys and values of the tokens so far.</summary>
    public DecoderCache Cache => cache;

    /// <summary>Gets or sets the rotary factors of each sequence's new position.</summary>
    public RotaryRows Rotary { get; set; }

    /// <summary>Gets or sets the same for layers with a sliding window.</summary>
    public RotaryRows WindowedRotary { get; set; }

    /// <summary>The memory of a weight (out, in) that lives as long as the model. It is looked up once.</summary>
    public WeightMatrix Weight(Tensor tensor)
    {
        if (!_weights.TryGetValue(tensor, out var weight))
        {
            weight = _weights[tensor] = WeightMatrix.Of(tensor);
        }

        return weight;
    }

    /// <summary>Numbers that are computed once from weights.</summary>
    /// <param name="owner">The operator that needs them.</param>
    /// <param name="compute">Computes them as a float32 tensor.</param>
    public float* Derived(object owner, Func<Tensor> compute)
    {
        if (!_derived.TryGetValue(owner, out nint pointer))
        {
            using var scope = NewDisposeScope();
            var values = compute().contiguous().bytes;
            pointer = (nint)NativeMemory.AlignedAlloc((nuint)values.Length, Alignment);
            values.CopyTo(new Span<byte>((void*)pointer, values.Length));
            _derived[owner] = pointer;
        }

        return (float*)pointer;
    }

    /// <summary>The numbers of a norm or a bias as float32.</summary>
    public float* Float32(Tensor tensor) => Derived(tensor, () => tensor.to_type(ScalarType.Float32));

    /// <summary>Memory for numbers until the innermost <see cref="Open"/> is disposed. Its content is undefined.</summary>
    public float* Allocate(long count)
    {
        count = (count + 15) & ~15L;
        while (_chunk < _chunks.Count && _used + count > _chunks[_chunk].Length)
        {
            (_chunk, _used) = (_chunk + 1, 0);
        }

        if (_chunk == _chunks.Count)
        {
            long length = Math.Max(count, ChunkLength);
            _chunks.Add(((nint)NativeMemory.AlignedAlloc((nuint)length * sizeof(float), Alignment), length));
        }

        float* numbers = (float*)_chunks[_chunk].Memory + _used;
        _used += count;
        return numbers;
    }

    /// <summary>Rows in 8 bits, in memory as that of <see cref="Allocate"/>.</summary>
    /// <param name="x">The rows.</param>
    /// <param name="count">The number of numbers, a multiple of a block's.</param>
    public Int8Rows Quantized(float* x, long count)
    {
        var rows = new Int8Rows((short*)Allocate((count + 1) / 2), Allocate(count / Int8Blocks.Length));
        rows.Quantize(x, count);
        return rows;
    }

    /// <summary>Opens a scope. When it is disposed, the memory that <see cref="Allocate"/> gave in it is free again.</summary>
    public Scope Open() => new(this, _chunk, _used);

    public void Dispose()
    {
        foreach (var (memory, _) in _chunks)
        {
            NativeMemory.AlignedFree((void*)memory);
        }

        foreach (nint memory in _derived.Values)
        {
            NativeMemory.AlignedFree((void*)memory);
        }

        _chunks.Clear();
        _derived.Clear();
    }

    internal readonly struct Scope(DecodePass pass, int chunk, long used) : IDisposable
    {
        public void Dispose() => (pass._chunk, pass._used) = (chunk, used);
    }
}
