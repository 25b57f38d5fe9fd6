using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Modeling.Operators.Dropout;
using Microsoft.ML.Asft.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training;

/// <summary>
/// The examples of a batch: padded on the right for a model that computes (B, T), or packed for one that needs no padding.
/// Each example ends before its last label, because nothing is predicted from that token. The labels are in the order of the examples.
/// Its tensors are made when they are first asked for. It owns them.
/// </summary>
internal sealed class TrainingBatch : IDisposable
{
    private readonly IReadOnlyList<EncodedExample> _examples;
    private readonly IReadOnlyList<uint> _keys;
    private readonly Device _device;
    private (Tensor InputIds, Tensor Positions)? _padded;
    private (PackedSequences Sequences, Tensor Positions)? _packed;
    private (Tensor InputIds, PackedLayout Layout)? _packedRow;
    private TokenNoise? _noise;
    private Tensor? _referenceStates;

    /// <param name="examples">The examples. Each has at least one label.</param>
    /// <param name="device">The model's device.</param>
    /// <param name="keys">A random key for each example, for dropout and noise; <see langword="null"/> if there are none.</param>
    public TrainingBatch(IReadOnlyList<EncodedExample> examples, Device device, IReadOnlyList<uint>? keys = null)
    {
        (_examples, _device) = (examples, device);
        _keys = keys ?? new uint[examples.Count];
        Labels = Vector([.. examples.SelectMany(example => LabelledPositions(example).Select(i => (long)example.Labels[i + 1]))]);
    }

    /// <summary>Gets the examples.</summary>
    public IReadOnlyList<EncodedExample> Examples => _examples;

    /// <summary>Gets the labels, int64 (N).</summary>
    public Tensor Labels { get; }

    /// <summary>Gets the number of labels of each example, in their order.</summary>
    public IReadOnlyList<int> LabelCounts => [.. _examples.Select(LabelCount)];

    /// <summary>
    /// Gets runs of neighbouring examples with the same weight. Each has the index of its first label and the label counts of its examples.
    /// </summary>
    public IEnumerable<(double Weight, long Start, IReadOnlyList<int> LabelCounts)> WeightRuns
    {
        get
        {
            (double weight, long start, List<int> counts) = (_examples[0].Weight, 0, []);
            foreach (var example in _examples)
            {
                if (example.Weight != weight)
                {
                    yield return (weight, start, counts);
                    (weight, start, counts) = (example.Weight, start + counts.Sum(), []);
                }

                counts.Add(LabelCount(example));
            }

            yield return (weight, start, counts);
        }
    }

    /// <summary>The number of labels that an example is trained on. The first token is never one, because nothing predicts it.</summary>
    public static int LabelCount(EncodedExample example) => LabelledPositions(example).Count();

    /// <summary>The number of tokens of an example that go through the model.</summary>
    public static int InputLength(EncodedExample example) =>
        Math.Max(1, Array.FindLastIndex(example.Labels, label => label != EncodedExample.IgnoreIndex));

    /// <summary>The padded examples: token ids, int64 (B, T), and the positions in B·T that predict a label, int64 (N).</summary>
    /// <remarks>With causal attention no token sees the padding after it, so no attention mask is needed.</remarks>
    public (Tensor InputIds, Tensor Positions) Padded() => _padded ??= Pad();

    /// <summary>The packed examples, and the positions in them that predict a label, int64 (N).</summary>
    public (PackedSequences Sequences, Tensor Positions) Packed() => _packed ??= Pack();

    /// <summary>The packed examples as one row: token ids, int64 (1, N), and their layout.</summary>
    public (Tensor InputIds, PackedLayout Layout) PackedRow() => _packedRow ??= Packed().Sequences.ToTensors(_device);

    /// <summary>The reference's hidden states of the labels.</summary>
    /// <param name="load">Loads them, (N, H).</param>
    public Tensor ReferenceStates(Func<Tensor> load) => _referenceStates ??= load().DetachFromDisposeScope();

    /// <summary>The random numbers of a pass over the examples, for dropout and NEFTune.</summary>
    /// <param name="packed">Whether the examples are <see cref="Packed"/> or <see cref="Padded"/>.</param>
    /// <param name="neftuneAlpha">NEFTune's α; 0 for no noise on the embeddings.</param>
    public TokenNoise Noise(bool packed, double neftuneAlpha) => _noise ??= CreateNoise(packed, neftuneAlpha);

    public void Dispose()
    {
        Labels.Dispose();
        _padded?.InputIds.Dispose();
        _padded?.Positions.Dispose();
        _packed?.Positions.Dispose();
        _packedRow?.InputIds.Dispose();
        _packedRow?.Layout.PositionIds.Dispose();
        _packedRow?.Layout.SequenceIds.Dispose();
        _noise?.Dispose();
        _referenceStates?.Dispose();
    }

    private (Tensor InputIds, Tensor Positions) Pad()
    {
        int length = _examples.Max(InputLength);
        long[] ids = new long[_examples.Count * length];
        for (int row = 0; row < _examples.Count; row++)
        {
            for (int i = 0; i < InputLength(_examples[row]); i++)
            {
                ids[(row * length) + i] = _examples[row].InputIds[i];
            }
        }

        return (DeviceTransfer.Send(ids, [_examples.Count, length], _device).DetachFromDisposeScope(), PositionsIn(row => row * length));
    }

    private (PackedSequences Sequences, Tensor Positions) Pack()
    {
        var sequences = new PackedSequences(
            [.. _examples.Select(example => (ReadOnlyMemory<int>)example.InputIds.AsMemory(0, InputLength(example)))], _keys);
        return (sequences, PositionsIn(row => sequences.Starts[row]));
    }

    private TokenNoise CreateNoise(bool packed, double neftuneAlpha)
    {
        int longest = _examples.Max(InputLength);
        var tokens = _examples.SelectMany((example, row) => Enumerable
            .Range(0, packed ? InputLength(example) : longest)
            .Select(i => (Key: DropoutMask.KeyOf(_keys[row], i), Length: (float)InputLength(example)))).ToArray();
        return new TokenNoise([.. tokens.Select(token => token.Key)], [.. tokens.Select(token => token.Length)], neftuneAlpha, _device);
    }

    private Tensor PositionsIn(Func<int, int> start) =>
        Vector([.. _examples.SelectMany((example, row) => LabelledPositions(example).Select(i => (long)start(row) + i))]);

    private Tensor Vector(long[] values) => DeviceTransfer.Send(values, [values.Length], _device).DetachFromDisposeScope();

    // The positions that predict a label.
    private static IEnumerable<int> LabelledPositions(EncodedExample example) =>
        Enumerable.Range(0, example.Labels.Length - 1).Where(i => example.Labels[i + 1] != EncodedExample.IgnoreIndex);
}
