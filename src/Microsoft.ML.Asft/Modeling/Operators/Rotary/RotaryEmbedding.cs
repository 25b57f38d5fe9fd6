using Microsoft.ML.Asft.Checkpoints.Configuration;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Operators.Rotary;

/// <summary>Rotary embedding: computes the tables for the frequencies of a configuration.</summary>
internal sealed class RotaryEmbedding : IDisposable
{
    private readonly RotaryFrequencies _frequencies;
    private readonly ScalarType _dtype;
    private readonly Device _device;
    private Tensor? _cosine;  // (length, D), positions from 0
    private Tensor? _sine;
    private readonly QueryScaling? _queryScaling;
    private Tensor? _queryScale;  // (length, 1)

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

    /// <summary>The tables for T consecutive positions, which are the same for every sequence.</summary>
    /// <returns>The tables, (T, D) each.</returns>
    public RotaryTables At(int start, int length)
    {
        Grow(start + length);
        return new RotaryTables(_cosine!.narrow(0, start, length), _sine!.narrow(0, start, length), _queryScale?.narrow(0, start, length));
    }

    /// <summary>The tables for given positions.</summary>
    /// <param name="positions">The positions, int64 of shape (B, T).</param>
    /// <param name="bound">A number above every position.</param>
    /// <returns>The tables, (B, 1, T, D) each.</returns>
    public RotaryTables At(Tensor positions, int bound)
    {
        Grow(bound);
        var flat = positions.reshape(-1);
        (long b, long t) = (positions.shape[0], positions.shape[1]);
        Tensor Rows(Tensor table) => table.index_select(0, flat).view(b, 1, t, -1);
        return new RotaryTables(Rows(_cosine!), Rows(_sine!), _queryScale is null ? null : Rows(_queryScale));
    }

    /// <summary>The tables for T consecutive positions of each sequence.</summary>
    /// <param name="starts">The first position of each sequence.</param>
    /// <param name="length">The number of positions, T.</param>
    /// <returns>The tables, (B, 1, T, D) each.</returns>
    public RotaryTables At(IReadOnlyList<int> starts, int length)
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
        return At(tensor(positions, [starts.Count, length], ScalarType.Int64, _device), starts.Max() + length);
    }

    public void Dispose()
    {
        _cosine?.Dispose();
        _sine?.Dispose();
        _queryScale?.Dispose();
        (_cosine, _sine, _queryScale) = (null, null, null);
    }

    // With dynamic scaling the frequencies depend on the length, above the trained length. Then a table is valid for one length only.
    private void Grow(int length)
    {
        length = _frequencies.TableLength(length);
        if (_cosine is not null && (_frequencies.DependOnLength ? _cosine.shape[0] == length : _cosine.shape[0] >= length))
        {
            return;
        }

        Dispose();
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var inverse = tensor(_frequencies.Inverse(length), ScalarType.Float32);                         // (D/2)
        var angles = arange(length, ScalarType.Float32).unsqueeze(1).mul(inverse.unsqueeze(0));         // (length, D/2)
        angles = cat([angles, angles], -1);
        _queryScale = _queryScaling is not { } scaling ? null
            : tensor([.. Enumerable.Range(0, length).Select(t => (float)(1 + (scaling.Beta * Math.Log(1 + (t / scaling.OriginalMaxPositionEmbeddings)))))])
                .unsqueeze(1).to(_dtype, _device).DetachFromDisposeScope();
        _cosine = angles.cos().mul_(_frequencies.AttentionFactor).to(_dtype, _device).DetachFromDisposeScope();
        _sine = angles.sin().mul_(_frequencies.AttentionFactor).to(_dtype, _device).DetachFromDisposeScope();
    }
}
