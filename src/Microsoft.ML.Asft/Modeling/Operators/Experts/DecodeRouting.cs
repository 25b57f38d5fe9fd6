using System.Numerics.Tensors;
using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Modeling.Operators.Experts;

/// <summary>The routing of tokens to experts in decoding: that of <see cref="ExpertRouting"/>, without tensors.</summary>
internal static class DecodeRouting
{
    /// <summary>Chooses the experts of each token.</summary>
    /// <param name="logits">The router's logits, (rows, E).</param>
    /// <param name="settings">The settings of the experts.</param>
    /// <returns>The experts that tokens use, in order, with the rows and weights of these tokens.</returns>
    public static SortedDictionary<int, List<(int Row, float Weight)>> Of(ReadOnlySpan<float> logits, ExpertSettings settings)
    {
        var parts = new SortedDictionary<int, List<(int Row, float Weight)>>();
        float[] probabilities = new float[settings.Count];
        for (int row = 0; row * settings.Count < logits.Length; row++)
        {
            var own = logits.Slice(row * settings.Count, settings.Count);
            TensorPrimitives.Subtract(own, TensorPrimitives.Max(own), probabilities);
            TensorPrimitives.SoftMax(probabilities, probabilities);
            int[] chosen = [.. Enumerable.Range(0, settings.Count).OrderByDescending(expert => probabilities[expert]).Take(settings.PerToken)];
            float divisor = settings.NormalizesWeights ? chosen.Sum(expert => probabilities[expert]) : 1;
            foreach (int expert in chosen)
            {
                if (!parts.TryGetValue(expert, out var tokens))
                {
                    parts[expert] = tokens = [];
                }

                tokens.Add((row, probabilities[expert] / divisor));
            }
        }

        return parts;
    }
}
