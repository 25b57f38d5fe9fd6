using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Modeling.Operators.Norms;
using Microsoft.ML.Asft.Modeling.Operators.Projections;

namespace Microsoft.ML.Asft.Modeling.Operators.Attention;

// One token of each sequence on the CPU, in decoding.
internal sealed partial class SelfAttention
{
    /// <inheritdoc/>
    public override unsafe void Decode(float* input, float* output, int rows, DecodePass pass)
    {
        using var memory = pass.Open();
        float* projected = _inputs.Decode(input, rows, pass);                    // (rows, H·D + 2·Hk·D)
        long stride = _queryWidth + (2 * _keyWidth);
        for (int row = 0; row < rows; row++)
        {
            float* queries = projected + (row * stride);
            Normalize(queries, _queryWidth, _queryNorm, pass);
            Normalize(queries + _queryWidth, _keyWidth, _keyNorm, pass);
        }

        float* attended = pass.Allocate(rows * _queryWidth);                      // (rows, H·D)
        var rotary = !_settings.UsesRotary ? default : _settings.Window is null ? pass.Rotary : pass.WindowedRotary;
        CachedAttention.Attend(projected, attended, rows, (int)(_queryWidth / _settings.HeadDim), _settings, rotary, pass.Cache[_settings.Layer]);
        LoraLinear.Decode([_output], attended, output, rows, pass);
    }

    // Normalizes rows of the norm's width: each head, or all heads together.
    private static unsafe void Normalize(float* projected, long width, RmsNorm? norm, DecodePass pass) =>
        _ = norm is null ? projected : norm.Decode(projected, projected, width / norm.Width, pass);
}
