using Microsoft.ML.Asft.DataDiagnosis;

namespace Microsoft.ML.Asft.Tests.DataDiagnosis;

/// <summary>
/// Rows of a model that is right about its own uncertainty: each place has a distribution, from which the right label is drawn. Rows differ in length and in how
/// hard they are, as real ones do. A wrong row has one wrong label.
/// </summary>
public sealed class LabelDoubtTests
{
    private const int Rows = 400;
    private const int Digits = 10;

    [Fact]
    public void Wrong_labels_are_ranked_first_and_better_than_by_the_rows_loss()
    {
        var (rows, isWrong) = Draw(seed: 1, wrong: 0.3);
        var (scores, _, limit) = LabelDoubt.Of(rows);
        double byScore = Auc(scores, isWrong);
        double byLoss = Auc([.. rows.Select(row => -row.Average(fact => (double)fact.LogProbability))], isWrong);
        Assert.True(byScore > 0.8 && byScore > byLoss, $"AUC {byScore:F3}, by the loss {byLoss:F3}");
        int[] flagged = [.. Enumerable.Range(0, Rows).Where(row => scores[row] >= limit)];
        Assert.NotEmpty(flagged);
        Assert.True(flagged.Count(row => isWrong[row]) > 0.9 * flagged.Length);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Few_rows_of_a_clean_set_are_flagged(int seed)
    {
        var (scores, _, limit) = LabelDoubt.Of(Draw(seed, wrong: 0).Rows);
        Assert.True(scores.Count(score => score >= limit) <= 0.02 * Rows);
    }

    [Fact]
    public void A_form_that_the_model_does_not_know_makes_no_row_doubtful_and_a_row_that_breaks_it_is()
    {
        // Every row says 20 21 22 to the model's surprise; one says 20 21 23.
        var rows = Enumerable.Range(0, 40).Select(row => new[] { 20, 21, row == 17 ? 23 : 22 }
            .Select(label => new LabelFact(label, 5, -9, -0.1f, 0.5f, 0.5f, 1.4f, 0.1f)).ToArray()).ToArray();
        var (scores, places, limit) = LabelDoubt.Of(rows);
        Assert.Equal(17, Array.IndexOf(scores, scores.Max()));
        Assert.Equal(2, places[17]);
        Assert.Equal(1, scores.Count(score => score >= limit));
    }

    private static (LabelFact[][] Rows, bool[] IsWrong) Draw(int seed, double wrong)
    {
        var random = new Random(seed);
        bool[] isWrong = [.. Enumerable.Range(0, Rows).Select(_ => random.NextDouble() < wrong)];
        return ([.. isWrong.Select(Row)], isWrong);

        LabelFact[] Row(bool isWrong)
        {
            double hardness = 0.25 * Math.Pow(random.NextDouble(), 2);      // 1: every digit is as likely as any other
            int count = random.Next(3, 12);
            int wrongPlace = isWrong ? random.Next(count) : -1;
            return [.. Enumerable.Range(0, count).Select(place => Place(hardness, place == wrongPlace))];
        }

        LabelFact Place(double hardness, bool isWrong)
        {
            int favourite = random.Next(Digits);
            double[] p = [.. Enumerable.Range(0, Digits).Select(digit => (0.98 * hardness / Digits) + (digit == favourite ? 1 - (0.98 * hardness) - 0.002 : 0) + 0.0002)];
            double total = p.Sum();
            p = [.. p.Select(x => x / total)];
            int label = isWrong ? (favourite + random.Next(1, Digits)) % Digits : Sample(p);
            double entropy = -p.Sum(x => x * Math.Log(x));
            double variance = p.Sum(x => x * Math.Pow(-Math.Log(x) - entropy, 2));
            return new LabelFact(label, favourite, (float)Math.Log(p[label]), (float)Math.Log(p.Max()), (float)entropy, (float)variance, 1, 1);
        }

        int Sample(double[] p)
        {
            double left = random.NextDouble();
            int digit = 0;
            while (digit < Digits - 1 && (left -= p[digit]) > 0)
            {
                digit++;
            }

            return digit;
        }
    }

    private static double Auc(double[] scores, bool[] isWrong)
    {
        double[] wrong = [.. scores.Where((_, row) => isWrong[row])];
        double[] right = [.. scores.Where((_, row) => !isWrong[row])];
        return wrong.Sum(w => right.Sum(r => w > r ? 1 : w == r ? 0.5 : 0)) / wrong.Length / right.Length;
    }
}
