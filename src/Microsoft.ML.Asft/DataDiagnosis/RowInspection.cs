using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Training;

namespace Microsoft.ML.Asft.DataDiagnosis;

/// <summary>Computes <see cref="RowFacts"/> from encoded rows; it needs no model.</summary>
internal static class RowInspection
{
    private const int LengthStep = 64;

    public static RowFacts Of(ExampleSet training, ExampleSet? evaluation, IReadOnlySet<int> stopTokens, int contextLength)
    {
        var (duplicates, contradictions) = Repeated(training.Examples);
        var measured = (evaluation?.Examples ?? []).Select(PromptOf).ToHashSet();
        int[] lengths = [.. training.Lengths.Order()];
        int At(double share) => lengths[(int)Math.Ceiling((lengths.Length - 1) * share)];
        return new RowFacts
        {
            Rows = training.Examples.Count,
            EvaluationRows = evaluation?.Examples.Count ?? 0,
            Tokens = training.Examples.Sum(e => (long)e.InputIds.Length),
            LabelledTokens = training.Examples.Sum(e => (long)TrainingBatch.LabelCount(e)),
            Skipped = training.Skipped,
            Cut = training.Cut,
            Dropped = training.Dropped,
            Duplicates = duplicates,
            Contradictions = contradictions,
            SharedWithEvaluation = [.. training.Examples.Where(e => measured.Contains(PromptOf(e))).Select(e => e.Row + 1)],
            EndsLearnt = training.Examples.Count(e => e.Labels.Any(stopTokens.Contains)) / (double)training.Examples.Count,
            Lengths = [At(0), At(0.5), At(0.95), At(0.99), At(1)],
            SuggestedMaxLength = SuggestLength(At(0.99), At(1), contextLength),
        };
    }

    // All of the rows, unless a hundredth of them would double the length.
    private static int SuggestLength(int most, int longest, int contextLength)
    {
        int needed = longest > 2 * most ? most : longest;
        return Math.Min(contextLength, (needed + LengthStep - 1) / LengthStep * LengthStep);
    }

    private static (long[] Duplicates, long[] Contradictions) Repeated(IReadOnlyList<EncodedExample> examples)
    {
        var seen = new Dictionary<Key, HashSet<Key>>();
        var (duplicates, contradictions) = (new List<long>(), new List<long>());
        foreach (var example in examples)
        {
            var prompt = PromptOf(example);
            if (!seen.TryGetValue(prompt, out var responses))
            {
                seen.Add(prompt, responses = []);
            }

            if (!responses.Add(new Key(example.InputIds)))
            {
                duplicates.Add(example.Row + 1);
            }
            else if (responses.Count > 1)
            {
                contradictions.Add(example.Row + 1);
            }
        }

        return ([.. duplicates], [.. contradictions]);
    }

    private static Key PromptOf(EncodedExample example) => new(example.InputIds[..LabelStart(example)]);

    /// <summary>The index of an example's first label.</summary>
    public static int LabelStart(EncodedExample example) => Array.FindIndex(example.Labels, label => label != EncodedExample.IgnoreIndex);

    // Ids that are equal one by one.
    private readonly struct Key(int[] ids) : IEquatable<Key>
    {
        private readonly int[] _ids = ids;

        public bool Equals(Key other) => _ids.AsSpan().SequenceEqual(other._ids);

        public override bool Equals(object? obj) => obj is Key other && Equals(other);

        public override int GetHashCode()
        {
            var hash = default(HashCode);
            hash.AddBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(_ids.AsSpan()));
            return hash.ToHashCode();
        }
    }
}
