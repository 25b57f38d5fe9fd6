using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Asft.Generation;

/// <summary>Chooses the tokens of one completion from the model's logits, one after the other.</summary>
/// <param name="options">The options. They must not change during the completion.</param>
/// <param name="prompt">The prompt's tokens, which the repetition penalty counts.</param>
/// <param name="seed">The seed for sampling.</param>
internal sealed class TokenSampler(GenerationOptions options, IReadOnlyList<int> prompt, SamplingSeed seed)
{
    private const double SmallestFirst = 1e-4;

    private readonly Dictionary<int, int> _counts = [];
    private readonly HashSet<int> _seen = options.RepetitionPenalty == 1 ? [] : [.. prompt];
    private int _place;

    /// <summary>Chooses the next token.</summary>
    /// <param name="logits">The logits of the whole vocabulary, which are overwritten.</param>
    /// <exception cref="InvalidDataException">They are not finite numbers.</exception>
    public TokenLogProbability Next(Span<float> logits)
    {
        // The largest is NaN when any is.
        float largest = TensorPrimitives.Max(logits);
        if (!float.IsFinite(largest))
        {
            throw new InvalidDataException("The model's logits are not finite numbers; its weights or its adapter are damaged.");
        }

        float[] rented = ArrayPool<float>.Shared.Rent(logits.Length);
        var scratch = rented.AsSpan(0, logits.Length);
        try
        {
            double logTotal = options.TopLogProbabilities is null ? double.NaN : LogSumExp(logits, largest, scratch);
            var top = options.TopLogProbabilities is > 0 and { } count ? Likeliest(logits, count, logTotal) : [];
            float[]? plain = options.TopLogProbabilities is null || !ChangesLogits ? null : logits.ToArray();
            int token = Choose(logits, scratch);
            float logProbability = (float)((plain is null ? logits : plain)[token] - logTotal);
            _counts[token] = _counts.GetValueOrDefault(token) + 1;
            _place++;
            return new TokenLogProbability(token, logProbability) { Top = top };
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented);
        }
    }

    private bool ChangesLogits => options.RepetitionPenalty != 1 || options.PresencePenalty != 0 || options.FrequencyPenalty != 0;

    private int Choose(Span<float> logits, Span<float> scratch)
    {
        if (ChangesLogits)
        {
            Penalize(logits);
        }

        int likeliest = TensorPrimitives.IndexOfMax(logits);
        if (options.Temperature == 0)
        {
            return likeliest;
        }

        // Weights exp((logit − largest) / T); the largest is 1.
        TensorPrimitives.Subtract(logits, logits[likeliest], scratch);
        TensorPrimitives.Multiply(scratch, (float)(1 / options.Temperature), scratch);
        TensorPrimitives.Exp(scratch, scratch);
        double uniform = seed.Uniform(_place);
        return options.TopK == 0 && options.TopP == 1 && options.MinP == 0
            ? DrawFromAll(scratch, uniform)
            : DrawFromLikeliest(scratch, uniform);
    }

    private void Penalize(Span<float> logits)
    {
        foreach (int token in _seen.Union(options.RepetitionPenalty == 1 ? [] : _counts.Keys))
        {
            ref float logit = ref logits[token];
            logit = (float)(logit > 0 ? logit / options.RepetitionPenalty : logit * options.RepetitionPenalty);
        }

        foreach ((int token, int count) in _counts)
        {
            logits[token] -= (float)(options.PresencePenalty + (count * options.FrequencyPenalty));
        }
    }

    private static int DrawFromAll(ReadOnlySpan<float> weights, double uniform)
    {
        double total = 0;
        foreach (float weight in weights)
        {
            total += weight;
        }

        double left = uniform * total;
        int token = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            if (weights[i] > 0)
            {
                token = i;
                left -= weights[i];
                if (left < 0)
                {
                    break;
                }
            }
        }

        return token;
    }

    private int DrawFromLikeliest(ReadOnlySpan<float> weights, double uniform)
    {
        var candidates = Candidates(weights);
        int kept = options.TopK == 0 ? candidates.Count : Math.Min(options.TopK, candidates.Count);
        double total = options.TopK == 0 ? Sum(weights) : candidates.Take(kept).Sum(c => (double)c.Weight);
        double reached = 0;
        int last = 0;
        while (last < kept && (last == 0 || (reached < options.TopP * total && candidates[last].Weight >= options.MinP)))
        {
            reached += candidates[last++].Weight;
        }

        double left = uniform * reached;
        for (int i = 0; i < last; i++)
        {
            left -= candidates[i].Weight;
            if (left < 0)
            {
                return candidates[i].Token;
            }
        }

        return candidates[last - 1].Token;
    }

    // The likeliest tokens, best first, as many as can be sampled. They are usually few: sorting a vocabulary for each token would take
    // longer
    // than a small model's own work.
    private List<(int Token, float Weight)> Candidates(ReadOnlySpan<float> weights)
    {
        double total = options.TopK == 0 ? Sum(weights) : 0;
        for (double smallest = SmallestFirst; ; smallest = smallest < 1e-12 ? 0 : smallest * 1e-2)
        {
            var found = new List<(int Token, float Weight)>();
            double mass = 0;
            for (int i = 0; i < weights.Length; i++)
            {
                if (weights[i] >= smallest && weights[i] > 0)
                {
                    found.Add((i, weights[i]));
                    mass += weights[i];
                }
            }

            bool isEnough = smallest == 0
                || (options.TopK > 0 ? found.Count >= options.TopK : smallest <= options.MinP || mass >= options.TopP * total);
            if (isEnough)
            {
                CollectionsMarshal.AsSpan(found).Sort((a, b) => a.Weight != b.Weight ? b.Weight.CompareTo(a.Weight) : a.Token.CompareTo(b.Token));
                return found;
            }
        }
    }

    private static double Sum(ReadOnlySpan<float> weights)
    {
        double sum = 0;
        foreach (float weight in weights)
        {
            sum += weight;
        }

        return sum;
    }

    private static double LogSumExp(ReadOnlySpan<float> logits, float largest, Span<float> scratch)
    {
        TensorPrimitives.Subtract(logits, largest, scratch);
        TensorPrimitives.Exp(scratch, scratch);
        return largest + Math.Log(TensorPrimitives.Sum<float>(scratch));
    }

    private static List<TokenLogProbability> Likeliest(ReadOnlySpan<float> logits, int count, double logTotal)
    {
        var best = new PriorityQueue<int, (float Logit, int Order)>(count + 1);   // the least likely of them first
        for (int i = 0; i < logits.Length; i++)
        {
            if (best.Count < count)
            {
                best.Enqueue(i, (logits[i], -i));
            }
            else if (best.TryPeek(out _, out var least) && logits[i] > least.Logit)
            {
                best.EnqueueDequeue(i, (logits[i], -i));
            }
        }

        var top = new List<TokenLogProbability>(best.Count);
        while (best.TryDequeue(out int token, out var priority))
        {
            top.Add(new TokenLogProbability(token, (float)(priority.Logit - logTotal)));
        }

        top.Reverse();
        return top;
    }
}
