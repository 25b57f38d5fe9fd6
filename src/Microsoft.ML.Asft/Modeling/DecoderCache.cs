using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>The key-value cache of <see cref="Decoder"/>: one <see cref="LayerCache"/> a layer.</summary>
internal sealed class DecoderCache(LayerCache[] layers) : KeyValueCache
{
    private int _length;

    public override int Length => _length;

    public LayerCache this[int layer] => layers[layer];

    public void Advance(int tokens) => _length += tokens;

    public override void Select(Tensor rows)
    {
        foreach (var layer in layers)
        {
            layer.Select(rows);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var layer in layers)
            {
                layer.Dispose();
            }
        }
    }
}
