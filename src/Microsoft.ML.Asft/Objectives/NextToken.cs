using Microsoft.ML.Asft.Modeling;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Objectives;

/// <summary>The distribution over the next token.</summary>
internal static class NextToken
{
    /// <summary>
    /// The log-probabilities that hidden states (R, H), a head (V, H) and its transform give: (R, V), float32 unless the model is float64.
    /// </summary>
    public static Tensor LogProbabilities(Tensor hidden, Tensor head, LogitTransform transform)
    {
        var logits = Logits(hidden, head, transform);
        return logits.sub_(logits.logsumexp(1, keepdim: true));
    }

    /// <summary>The same before they are normalised.</summary>
    public static Tensor Logits(Tensor hidden, Tensor head, LogitTransform transform)
    {
        var logits = transform.Apply(hidden.mm(head.t()));
        return logits.dtype == ScalarType.Float64 ? logits : logits.to_type(ScalarType.Float32);
    }
}
