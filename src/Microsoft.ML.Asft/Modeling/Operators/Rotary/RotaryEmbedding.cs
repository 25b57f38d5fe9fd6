using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Modeling.Kernels;
using Microsoft.ML.Asft.Native;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Microsoft.ML.Asft.Modeling.Operators.Rotary;

/// <summary>Rotary embedding: computes the tables for the frequencies of a configuration.</summary>
internal sealed class RotaryEmbedding : IDisposable
{
    private readonly RotaryFrequencies _frequencies;
    private readonly ScalarType _dtype;
    private readonly Device _device;
    private Tensor? _cosine;  // (length, R), positions from 0; with longrope, if long enough, (2·length, R): first for short texts, then for long ones
    private Tensor? _sine;
    private readonly QueryScaling? _queryScaling;
    private Tensor? _queryScale;  // (length or 2·length, 1)
    private int _length;
    private int _longOffset;  // the first row for long texts; 0 if there are none

    /// <param name="config">The configuration.</param>
    /// <param name="dtype">The model's number format. The tables have it too, unless the family uses float32 tables.</param>
    /// <param name="device">The device.</param>
    /// <param name="ofWindows">Whether it is for the layers with a sliding window.</param>
    public RotaryEmbedding(ModelConfig config, ScalarType dtype, Device device, bool ofWindows = false)
    {
        _frequencies = new RotaryFrequencies(config, ofWindows);
        (_queryScaling, _dtype, _device) = (config.QueryScaling, config.RotatesInSingle ? ScalarType.Float32 : dtype, device);
    }

    /// <summary>The rotary embedding of the layers with a sliding window; <see langword="null"/> if it is the same as that of the other layers.</summary>
    public static RotaryEmbedding? OfWindows(ModelConfig config, ScalarType dtype, Device device) =>
        config.PlainRotaryInWindows && (config.RopeScaling is not null || config.WindowRopeTheta is not null) ? new RotaryEmbedding(config, dtype, device, ofWindows: true) : null;

    /// <summary>Gets the length above which sequences have other frequencies (<c>longrope</c>); <see langword="null"/> without <c>longrope</c>.</summary>
    public int? LongAbove => _frequencies.LongAbove;

    /// <summary>The tables for T consecutive positions, which are the same for every sequence.</summary>
    /// <param name="start">The first position.</param>
    /// <param name="length">The number of positions, T.</param>
    /// <param name="sequenceLength">The length of the sequences; <see langword="null"/> if they end after these positions.</param>
    /// <returns>The tables, (T, R) each.</returns>
    public RotaryTables At(int start, int length, int? sequenceLength = null)
    {
        int whole = sequenceLength ?? (start + length);
        Grow(whole);
        long first = start + OffsetOf(whole);
        return new RotaryTables(_cosine!.narrow(0, first, length), _sine!.narrow(0, first, length), _queryScale?.narrow(0, first, length));
    }

    /// <summary>The tables for sequences of several lengths. <see cref="RotaryTables.FirstRowOf"/> gives the first row for each length.</summary>
    /// <param name="longest">The length of the longest sequence.</param>
    public RotaryTables UpTo(int longest)
    {
        Grow(longest);
        return OffsetOf(longest) == 0 ? At(0, longest)
            : new RotaryTables(_cosine!.alias(), _sine!.alias(), _queryScale?.alias()) { LongAbove = LongAbove, LongOffset = _longOffset };
    }

    /// <summary>The tables for given positions.</summary>
    /// <param name="positions">The positions, int64 of shape (B, T).</param>
    /// <param name="bound">A number above every position.</param>
    /// <param name="lengths">The length of each position's sequence, int64 of shape (B, T) or (B, 1). It is needed only with <see cref="LongAbove"/>.</param>
    /// <returns>The tables, (B, 1, T, R) each.</returns>
    public RotaryTables At(Tensor positions, int bound, Tensor? lengths = null)
    {
        Grow(bound);
        var rows = _longOffset == 0 ? positions : positions.Add(lengths!.Gt(LongAbove!.Value).to_type(ScalarType.Int64).Mul_(_longOffset));
        var flat = rows.reshape(-1);
        (long b, long t) = (positions.shape[0], positions.shape[1]);
        Tensor Rows(Tensor table) => table.index_select(0, flat).view(b, 1, t, -1);
        return new RotaryTables(Rows(_cosine!), Rows(_sine!), _queryScale is null ? null : Rows(_queryScale));
    }

    /// <summary>The tables for T consecutive positions of each sequence.</summary>
    /// <param name="starts">The first position of each sequence.</param>
    /// <param name="length">The number of positions, T.</param>
    /// <param name="sequenceLength">The length of the sequences; <see langword="null"/> if they end after these positions.</param>
    /// <returns>The tables, (B, 1, T, R) each.</returns>
    public RotaryTables At(IReadOnlyList<int> starts, int length, int? sequenceLength = null)
    {
        if (_frequencies.DependOnLength)
        {
            // Each sequence needs the tables for its own length.
            var rows = starts.Select(start => At(start, length))
                .Select(r => new RotaryTables(r.Cosine.clone(), r.Sine.clone(), r.QueryScale?.clone())).ToArray();
            Tensor Stack(Func<RotaryTables, Tensor> table) => stack([.. rows.Select(table)], 0).unsqueeze(1);
            return new RotaryTables(Stack(r => r.Cosine), Stack(r => r.Sine), _queryScaling is null ? null : Stack(r => r.QueryScale!));
        }

        long[] positions = [.. starts.SelectMany(start => Enumerable.Range(start, length).Select(i => (long)i))];
        long[] lengths = [.. starts.Select(start => (long)(sequenceLength ?? (start + length)))];
        Tensor Column(long[] values, long width) => DeviceTransfer.Send(values, [starts.Count, width], _device);
        return At(Column(positions, length), (int)lengths.Max(), Column(lengths, 1));
    }

    /// <summary>The factors of the next position of each sequence, in memory of a decoding pass.</summary>
    /// <param name="positions">The positions. Each sequence ends after its position.</param>
    /// <param name="pass">The pass.</param>
    public unsafe RotaryRows Next(IReadOnlyList<int> positions, DecodePass pass)
    {
        int width = _frequencies.Width;
        float* keys = pass.Allocate(2L * positions.Count * width);
        float* queries = _queryScaling is null ? keys : pass.Allocate(2L * positions.Count * width);
        for (int i = 0; i < positions.Count; i++)
        {
            int length = positions[i] + 1;
            Grow(length);
            long row = positions[i] + OffsetOf(length);
            float* key = keys + (2L * i * width);
            TensorMemory.WidenRow(_cosine!, row, width, key);
            TensorMemory.WidenRow(_sine!, row, width, key + width);
            if (_queryScaling is not null)
            {
                float* query = queries + (2L * i * width);
                float scale;
                TensorMemory.WidenRow(_queryScale!, row, 1, &scale);
                TensorPrimitives.Multiply(new ReadOnlySpan<float>(key, 2 * width), scale, new Span<float>(query, 2 * width));
            }
        }

        return new RotaryRows(width, keys, queries);
    }

    public void Dispose()
    {
        _cosine?.Dispose();
        _sine?.Dispose();
        _queryScale?.Dispose();
        (_cosine, _sine, _queryScale) = (null, null, null);
    }

    private long OffsetOf(int sequenceLength) => sequenceLength > LongAbove ? _longOffset : 0;

    // With dynamic scaling the frequencies depend on the length, above the trained length. Then a table is valid for one length only.
    private void Grow(int length)
    {
        length = _frequencies.TableLength(length);
        if (_cosine is not null && (_frequencies.DependOnLength ? _length == length : _length >= length))
        {
            return;
        }

        Dispose();
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        _length = length;
        _longOffset = length > LongAbove ? length : 0;
        var angles = _longOffset == 0 ? Angles(length) : cat([Angles(LongAbove!.Value), Angles(length)], 0);
        var positions = Enumerable.Range(0, length).Concat(Enumerable.Range(0, _longOffset));
        _queryScale = _queryScaling is not { } scaling ? null
            : tensor([.. positions.Select(scaling.At)]).unsqueeze(1).to(_dtype, _device).DetachFromDisposeScope();
        _cosine = angles.cos().Mul_(_frequencies.AttentionFactor).to(_dtype, _device).DetachFromDisposeScope();
        _sine = angles.sin().Mul_(_frequencies.AttentionFactor).to(_dtype, _device).DetachFromDisposeScope();

        // The angles of the table's positions with the frequencies for a text of some length, (length, R).
        Tensor Angles(int ofLength)
        {
            var inverse = tensor(_frequencies.Inverse(ofLength), ScalarType.Float32);                       // (R/2)
            var half = ScalarOperators.Arange(length, ScalarType.Float32).unsqueeze(1).mul(inverse.unsqueeze(0));
            return cat([half, half], -1);
        }
    }
}
