using Microsoft.ML.Asft.Modeling;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Objectives;

/// <summary>Computes the distribution over the next token.</summary>
internal static class NextToken
{
    /// <summary>
    /// Computes log-probabilities (R, V) from hidden states (R, H), a head (V, H) and its transform. They are float32, or float64 for a float64 model.
    /// </summary>
    public static Tensor LogProbabilities(Tensor hidden, Tensor head, LogitTransform transform)
    {
        var logits = Logits(hidden, head, transform);
        return logits.sub_(logits.logsumexp(1, keepdim: true));
    }

    /// <summary>Computes logits (R, V): log-probabilities before normalisation.</summary>
    public static Tensor Logits(Tensor hidden, Tensor head, LogitTransform transform)
    {
        var logits = transform.Apply(hidden.mm(head.t()));
        return logits.dtype == ScalarType.Float64 ? logits : logits.to_type(ScalarType.Float32);
    }
}
