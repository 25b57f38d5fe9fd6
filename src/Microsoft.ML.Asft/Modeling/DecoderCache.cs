using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Modeling.Operators.Attention;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>The key-value cache of <see cref="Decoder"/>: one <see cref="LayerCache"/> a layer.</summary>
internal sealed class DecoderCache : KeyValueCache
{
    private readonly List<int> _lengths;
    private readonly LayerCache[] _layers;
    private readonly List<List<long>>? _tokens;   // only if the model may have to compute keys and values again
    private int _rows;       // the number of sequences that fit
    private int _capacity;
    private DecodePass? _pass;

    public DecoderCache(ModelConfig config, int sequences, int capacity, ScalarType dtype, Device device)
    {
        _lengths = [.. Enumerable.Repeat(0, sequences)];
        (_rows, _capacity) = (sequences, capacity);
        _tokens = config.RopeScaling?.LongRope is null ? null : [.. _lengths.Select(_ => new List<long>())];
        _layers = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(i => new LayerCache(
            _lengths, config.NumKeyValueHeads, config.HeadDim, config.UsesSlidingWindow(i) ? config.SlidingWindow : null, dtype, device))];
        Allocate();
    }

    public override int Count => _lengths.Count;

    public IReadOnlyList<int> Lengths => _lengths;

    /// <summary>Gets the length of the longest sequence.</summary>
    public int Longest => _lengths.Count == 0 ? 0 : _lengths.Max();

    /// <summary>Gets whether all sequences have the same length.</summary>
    public bool IsEven => _lengths.TrueForAll(length => length == _lengths[0]);

    public LayerCache this[int layer] => _layers[layer];

    public override int LengthOf(int sequence) => _lengths[sequence];

    public override void Reserve(int sequences, int length)
    {
        if (sequences > _rows || length > _capacity)
        {
            // Grow by at least half, so that sequences that grow token by token are rarely copied.
            _rows = sequences > _rows ? Math.Max(sequences, _rows + (_rows / 2)) : _rows;
            _capacity = length > _capacity ? Math.Max(length, _capacity + (_capacity / 2)) : _capacity;
            Allocate();
        }
    }

    public override void Add(KeyValueCache other, int sequence)
    {
        var source = (DecoderCache)other;
        int length = source._lengths[sequence];
        Reserve(Count + 1, length);
        for (int i = 0; i < _layers.Length; i++)
        {
            _layers[i].Copy(source._layers[i], sequence, Count, length);
        }

        _lengths.Add(length);
        _tokens?.Add([.. source._tokens![sequence]]);
    }

    public override void RemoveAt(int sequence)
    {
        int last = Count - 1;
        if (sequence != last)
        {
            foreach (var layer in _layers)
            {
                layer.Copy(layer, last, sequence, _lengths[last]);
            }

            _lengths[sequence] = _lengths[last];
            if (_tokens is not null)
            {
                _tokens[sequence] = _tokens[last];
            }
        }

        _lengths.RemoveAt(last);
        _tokens?.RemoveAt(last);
    }

    /// <summary>The tokens of a sequence. Only a model with <c>longrope</c> keeps them.</summary>
    public IReadOnlyList<long> TokensOf(int sequence) => _tokens![sequence];

    /// <summary>Replaces a sequence's keys and values by those of another cache, which has one sequence of the same length.</summary>
    public void Replace(int sequence, DecoderCache other)
    {
        for (int i = 0; i < _layers.Length; i++)
        {
            _layers[i].Copy(other._layers[i], 0, sequence, _lengths[sequence]);
        }
    }

    /// <summary>Gets the memory and the weights of decoding steps with this cache.</summary>
    public DecodePass Pass => _pass ??= new DecodePass(this);

    /// <summary>Adds to every sequence's length, after all layers have stored the new tokens.</summary>
    /// <param name="inputIds">The new tokens, (B, T).</param>
    public void Advance(Tensor inputIds) =>
        Advance(_tokens is null ? [] : inputIds.reshape(-1).cpu().data<long>().ToArray(), (int)inputIds.shape[1]);

    /// <summary>The same for tokens in an array.</summary>
    /// <param name="ids">The new tokens, (B, T). They may be missing if <see cref="TokensOf"/> is not needed.</param>
    /// <param name="added">T.</param>
    public void Advance(ReadOnlySpan<long> ids, int added)
    {
        for (int i = 0; i < _lengths.Count; i++)
        {
            _lengths[i] += added;
            _tokens?[i].AddRange(ids.Slice(i * added, added));
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _pass?.Dispose();
            foreach (var layer in _layers)
            {
                layer.Dispose();
            }
        }
    }

    private void Allocate()
    {
        int longest = Longest;
        foreach (var layer in _layers)
        {
            layer.Allocate(_rows, _capacity, longest);
        }
    }
}
