using Microsoft.ML.Asft.Generation;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Tests.Generation;

/// <summary>Draws over many seeds against the exact probabilities, worked out here by other means: sorting the whole vocabulary.</summary>
public class TokenSamplerTests
{
    private const int Draws = 20_000;

    private static readonly float[] Logits = [1.2f, -0.3f, 0.4f, 2.0f, -1.5f, 0.1f, 0.9f, -0.7f];

    public static TheoryData<double, int, double, double> Settings => new()
    {
        { 1, 0, 1, 0 },
        { 0.5, 0, 1, 0 },
        { 1.7, 0, 1, 0 },
        { 1, 3, 1, 0 },
        { 1, 0, 0.8, 0 },
        { 1, 0, 1, 0.2 },
        { 0.8, 6, 0.9, 0.1 },
        { 1, 20, 0.999999, 1e-6 },
    };

    [Theory]
    [MemberData(nameof(Settings))]
    public void Draws_have_the_exact_distribution(double temperature, int topK, double topP, double minP)
    {
        var options = new GenerationOptions { Temperature = temperature, TopK = topK, TopP = topP, MinP = minP };
        double[] expected = Distribution(Logits, temperature, topK, topP, minP);
        int[] counts = new int[Logits.Length];
        for (int seed = 0; seed < Draws; seed++)
        {
            counts[Draw(options, seed)]++;
        }

        Assert.True(ChiSquareIsLikely(counts, expected), $"[{string.Join(", ", counts)}] for [{string.Join(", ", expected.Select(p => p * Draws))}]");
    }

    [Fact]
    public void Draws_of_one_seed_have_the_exact_distribution_from_place_to_place_too()
    {
        var sampler = new TokenSampler(new GenerationOptions { Temperature = 1 }, [], new SamplingSeed(7));
        int[] counts = new int[Logits.Length];
        for (int place = 0; place < Draws; place++)
        {
            counts[sampler.Next([.. Logits]).TokenId]++;
        }

        Assert.True(ChiSquareIsLikely(counts, Distribution(Logits, 1, 0, 1, 0)));
    }

    [Fact]
    public void A_vocabulary_of_many_unlikely_tokens_is_drawn_from_as_far_as_the_nucleus_goes()
    {
        // All alike: a nucleus of 0.5 is half of them, far below the probability where the search for candidates begins.
        float[] logits = new float[40_000];
        logits[123] = 12;
        double rest = (logits.Length - 1) / (Math.Exp(12) + logits.Length - 1);
        var options = new GenerationOptions { Temperature = 1, TopP = 1 - (rest / 2) };
        int[] counts = new int[2];
        for (int seed = 0; seed < 500; seed++)
        {
            counts[new TokenSampler(options, [], new SamplingSeed(seed)).Next([.. logits]).TokenId == 123 ? 0 : 1]++;
        }

        Assert.True(ChiSquareIsLikely(counts, [(1 - rest) / (1 - (rest / 2)), rest / 2 / (1 - (rest / 2))]));
    }

    [Fact]
    public void Without_a_temperature_it_is_the_likeliest_whatever_the_seed()
    {
        Assert.All(Enumerable.Range(0, 50), seed => Assert.Equal(3, Draw(new GenerationOptions { TopP = 0.5, TopK = 4 }, seed)));
    }

    [Fact]
    public void One_seed_always_draws_the_same_and_others_do_not()
    {
        var options = new GenerationOptions { Temperature = 1 };
        int[] One(long seed)
        {
            var sampler = new TokenSampler(options, [], SamplingSeed.Of(seed));
            return [.. Enumerable.Range(0, 30).Select(_ => sampler.Next([.. Logits]).TokenId)];
        }

        Assert.Equal(One(5), One(5));
        Assert.NotEqual(One(5), One(6));
        Assert.NotEqual(SamplingSeed.Of(5).For(1).Value, SamplingSeed.Of(5).For(2).Value);
    }

    [Fact]
    public void The_repetition_penalty_acts_on_the_prompt_and_the_completion_by_the_sign_of_the_logit()
    {
        var sampler = new TokenSampler(new GenerationOptions { RepetitionPenalty = 2 }, [3, 3, 4], default);
        float[] logits = [.. Logits];
        Assert.Equal(0, sampler.Next(logits).TokenId);                            // 1.2 against 2.0 / 2
        Assert.Equal(1.0f, logits[3]);
        Assert.Equal(-3.0f, logits[4]);
        logits = [.. Logits];
        sampler.Next(logits);
        Assert.Equal(0.6f, logits[0]);
    }

    [Fact]
    public void Presence_and_frequency_penalties_count_the_completion_alone()
    {
        var sampler = new TokenSampler(new GenerationOptions { PresencePenalty = 0.25, FrequencyPenalty = 0.5 }, [0, 3], default);
        int[] taken = [.. Enumerable.Range(0, 4).Select(_ => sampler.Next([.. Logits]).TokenId)];
        // 2.0, then 1.25 against 1.2, then 0.75 against 1.2, then 0.45 against 0.9.
        Assert.Equal([3, 3, 0, 6], taken);
    }

    [Fact]
    public void Log_probabilities_are_those_of_the_model_before_penalties_and_temperature()
    {
        var options = new GenerationOptions { TopLogProbabilities = 3, Temperature = 0.3, PresencePenalty = 5, Seed = 1 };
        var sampler = new TokenSampler(options, [], default);
        sampler.Next([.. Logits]);
        var token = sampler.Next([.. Logits]);
        double total = Math.Log(Logits.Sum(l => Math.Exp(l)));
        Assert.Equal(Logits[token.TokenId] - total, token.LogProbability, 5);
        Assert.Equal([3, 0, 6], token.Top.Select(t => t.TokenId));
        Assert.All(token.Top, t => Assert.Equal(Logits[t.TokenId] - total, t.LogProbability, 5));
    }

    [Fact]
    public void Logits_that_are_no_numbers_are_an_error()
    {
        var sampler = new TokenSampler(new GenerationOptions(), [], default);
        Assert.Throws<InvalidDataException>(() => sampler.Next([1, float.NaN, 2]));
    }

    private static int Draw(GenerationOptions options, int seed) =>
        new TokenSampler(options, [], SamplingSeed.Of(seed)).Next([.. Logits]).TokenId;

    private static double[] Distribution(float[] logits, double temperature, int topK, double topP, double minP)
    {
        double[] weights = [.. logits.Select(l => Math.Exp(l / temperature))];
        int[] order = [.. Enumerable.Range(0, logits.Length).OrderByDescending(i => weights[i])];
        int[] kept = topK == 0 ? order : [.. order.Take(topK)];
        double total = kept.Sum(i => weights[i]);
        kept = [.. kept.Where((_, rank) => kept.Take(rank).Sum(i => weights[i]) < topP * total || rank == 0)];
        kept = [.. kept.Where(i => weights[i] >= minP * weights[order[0]])];
        total = kept.Sum(i => weights[i]);
        return [.. weights.Select((w, i) => kept.Contains(i) ? w / total : 0)];
    }

    // Whether the statistic stays below its 0.9999 quantile, by the Wilson-Hilferty approximation.
    private static bool ChiSquareIsLikely(int[] counts, double[] expected)
    {
        int draws = counts.Sum();
        if (counts.Where((count, i) => expected[i] == 0 && count > 0).Any())
        {
            return false;
        }

        int freedom = expected.Count(p => p > 0) - 1;
        double statistic = counts.Select((count, i) => expected[i] == 0 ? 0 : Math.Pow(count - (expected[i] * draws), 2) / (expected[i] * draws)).Sum();
        double spread = 2.0 / (9 * freedom);
        return freedom == 0 || statistic < freedom * Math.Pow(1 - spread + (3.719 * Math.Sqrt(spread)), 3);
    }
}
