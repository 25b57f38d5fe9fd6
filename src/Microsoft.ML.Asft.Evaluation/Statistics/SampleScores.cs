namespace Microsoft.ML.Asft.Evaluation.Statistics;

/// <summary>Scores of one problem from several sampled answers to it.</summary>
public static class SampleScores
{
    /// <summary>
    /// An unbiased estimate of the probability that at least one of k samples is right (Chen et al., arXiv 2107.03374, equation 1): the
    /// share
    /// of all choices of k out of the n samples that contain a right one, 1 − C(n−c, k) / C(n, k).
    /// </summary>
    /// <param name="samples">n, the number of samples.</param>
    /// <param name="correct">c, the number of right samples.</param>
    /// <param name="k">1 to n.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static double PassAtK(int samples, int correct, int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(correct);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(correct, samples);
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, samples);
        double allWrong = 1;
        for (int i = 0; i < k && allWrong > 0; i++)
        {
            allWrong *= Math.Max(0, samples - correct - i) / (double)(samples - i);
        }

        return 1 - allWrong;
    }

    /// <summary>
    /// Scores the most frequent answer of the samples. If several are equally frequent, the score is the share of right ones among them:
    /// the expected score of a random tie-break. Samples without an answer do not vote.
    /// </summary>
    /// <param name="answers">The samples' answers; <see langword="null"/> if a sample has none.</param>
    /// <param name="isCorrect">Whether an answer is right.</param>
    /// <param name="areEqual">Whether two answers are the same.</param>
    /// <returns>0 to 1; 0 if no sample has an answer.</returns>
    public static double Majority(
        IEnumerable<string?> answers, Func<string, bool> isCorrect, Func<string, string, bool> areEqual)
    {
        ArgumentNullException.ThrowIfNull(answers);
        ArgumentNullException.ThrowIfNull(isCorrect);
        ArgumentNullException.ThrowIfNull(areEqual);
        var parties = new List<(string Answer, int Votes)>();
        foreach (string answer in answers.OfType<string>())
        {
            int party = parties.FindIndex(p => p.Answer == answer);
            party = party >= 0 ? party : parties.FindIndex(p => areEqual(p.Answer, answer));
            if (party < 0)
            {
                parties.Add((answer, 1));
            }
            else
            {
                parties[party] = (parties[party].Answer, parties[party].Votes + 1);
            }
        }

        var winners = parties.Where(p => p.Votes == parties.Max(other => other.Votes)).ToArray();
        return winners.Length == 0 ? 0 : winners.Count(p => isCorrect(p.Answer)) / (double)winners.Length;
    }
}
