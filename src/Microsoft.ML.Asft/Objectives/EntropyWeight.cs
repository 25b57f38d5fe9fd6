using System.Runtime.Intrinsics;
using Microsoft.ML.Asft.Modeling.Kernels;
using Microsoft.ML.Asft.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Objectives;

/// <summary>
/// The gate of EAFT, entropy-adaptive fine-tuning (arXiv 2601.02151): the entropy of the 20 most likely tokens, with renormalized probabilities,
/// divided by its maximum ln 20. If the model is sure of its prediction, a label has little weight. So a label that contradicts it does little harm.
/// </summary>
internal sealed class EntropyWeight : TokenWeight
{
    private const int TopTokens = 20;
    private static readonly double MaxEntropy = Math.Log(TopTokens);

    public override Tensor LogOf(Tensor logProbabilities, Tensor labelLogProbabilities)
    {
        var top = logProbabilities.topk((int)Math.Min(TopTokens, logProbabilities.shape[1]), 1).values;     // (R, 20)
        top = top.sub(top.logsumexp(1, keepdim: true));
        return top.exp().mul_(top).sum(1, keepdim: true).neg_().ClampMin_(0).Div_(MaxEntropy).log_();
    }

    public override unsafe float LogOf<T>(T* logits, long vocabulary, float labelLogProbability)
    {
        Span<float> top = stackalloc float[TopTokens];
        FindHighest(logits, vocabulary, top);
        float highest = float.NegativeInfinity;
        foreach (float logit in top)
        {
            highest = MathF.Max(highest, logit);
        }

        // With x = logit − highest and z = Σeˣ, the entropy is ln z − Σx·eˣ / z.
        (float z, float weighted) = (0, 0);
        foreach (float logit in top)
        {
            float x = MathF.Max(logit - highest, -100);     // entries are −∞ if the vocabulary has fewer than 20 tokens
            float exponential = MathF.Exp(x);
            z += exponential;
            weighted += x * exponential;
        }

        return MathF.Log((MathF.Log(z) - (weighted / z)) / (float)MaxEntropy);
    }

    // Keeps the highest logits so far. Few vectors contain a higher one, so most of them cost one comparison.
    private static unsafe void FindHighest<T>(T* logits, long vocabulary, Span<float> top)
        where T : unmanaged, IElement<T>
    {
        top.Fill(float.NegativeInfinity);
        int lowest = 0;
        for (long i = 0; i < vocabulary; i += Vectors.Width)
        {
            var values = Vectors.Load(logits + i, vocabulary - i, float.NegativeInfinity);
            if (!Vector512.GreaterThanAny(values, Vector512.Create(top[lowest])))
            {
                continue;
            }

            for (int lane = 0; lane < Vectors.Width; lane++)
            {
                if (values[lane] > top[lowest])
                {
                    top[lowest] = values[lane];
                    lowest = IndexOfLowest(top);
                }
            }
        }
    }

    private static int IndexOfLowest(ReadOnlySpan<float> values)
    {
        int lowest = 0;
        for (int i = 1; i < values.Length; i++)
        {
            lowest = values[i] < values[lowest] ? i : lowest;
        }

        return lowest;
    }
}
