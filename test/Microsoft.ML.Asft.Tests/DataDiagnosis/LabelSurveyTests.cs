using Microsoft.ML.Asft.DataDiagnosis;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Options;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.DataDiagnosis;

public sealed class LabelSurveyTests
{
    private const int Tokens = 9;
    private const int Vocabulary = 31;

    private readonly Tensor _hidden = Random(1, Tokens, 8);
    private readonly Tensor _head = Random(2, Vocabulary, 8);
    private readonly long[] _labels = [.. Enumerable.Range(0, Tokens).Select(i => (long)(7 * i % Vocabulary))];

    [Fact]
    public void Facts_are_those_of_the_definitions()
    {
        var facts = LabelSurvey.Of(_hidden, _head, tensor(_labels), LogitTransform.None);
        for (int i = 0; i < Tokens; i++)
        {
            double[] logits = [.. Enumerable.Range(0, Vocabulary).Select(v => Enumerable.Range(0, 8).Sum(h => (double)_hidden[i, h].item<float>() * _head[v, h].item<float>()))];
            double sum = logits.Sum(Math.Exp);
            double[] p = [.. logits.Select(logit => Math.Exp(logit) / sum)];
            int label = (int)_labels[i];
            double entropy = -p.Sum(x => x * Math.Log(x));
            Assert.Equal(label, facts[i].Label);
            Assert.Equal(Array.IndexOf(p, p.Max()), facts[i].Likeliest);
            Assert.Equal(Math.Log(p[label]), facts[i].LogProbability, 1e-4);
            Assert.Equal(Math.Log(p.Max()), facts[i].LikeliestLogProbability, 1e-4);
            Assert.Equal(entropy, facts[i].Entropy, 1e-4);
            Assert.Equal(p.Sum(x => x * Math.Pow(-Math.Log(x) - entropy, 2)), facts[i].Variance, 1e-3);
            Assert.Equal(Math.Sqrt(p.Select((x, v) => Math.Pow(x - (v == label ? 1 : 0), 2)).Sum()), facts[i].GradientNorm, 1e-4);
        }
    }

    // The gradients that training itself computes.
    [Theory]
    [InlineData(AsftObjective.Sft)]
    [InlineData(AsftObjective.Dft)]
    [InlineData(AsftObjective.Eaft)]
    public void A_bins_share_is_that_of_the_objectives_own_gradients(AsftObjective objective)
    {
        var facts = LabelSurvey.Of(_hidden, _head, tensor(_labels), LogitTransform.None);
        var bins = TokenFacts.Of([facts], _ => false).Bins;
        var gradient = NextToken.LogProbabilities(_hidden, _head, LogitTransform.None);
        AnchoredObjective.For(objective, klWeight: 0, KlDirection.Forward).Evaluate(gradient, null, tensor(_labels));
        float[] norms = gradient.norm(1).data<float>().ToArray();
        foreach (var bin in bins)
        {
            double expected = norms.Where((_, i) => facts[i].Probability >= bin.From && facts[i].Probability < bin.To).Sum() / norms.Sum();
            Assert.Equal(expected, objective switch { AsftObjective.Sft => bin.Sft, AsftObjective.Dft => bin.Asft, _ => bin.Eaft }, 1e-4);
        }

        Assert.True(bins.Count(bin => bin.Tokens > 0) > 2, "The labels should lie in several bins.");
        Assert.Equal(1, bins.Sum(bin => bin.Tokens), 1e-9);
    }

    private static Tensor Random(int seed, params long[] shape)
    {
        using var generator = new Generator((ulong)seed);
        return empty(shape).normal_(0, 1.2, generator);
    }
}
