using System.Text.RegularExpressions;

namespace Microsoft.ML.Asft.Evaluation.MultipleChoice;

/// <summary>Finds the letter that a written answer chooses.</summary>
internal static partial class WrittenChoice
{
    /// <summary>Returns the index of the option, or <see langword="null"/> if the text chooses none.</summary>
    public static int? Find(string text, IReadOnlyList<string> options)
    {
        foreach (var pattern in new[] { Said(), Leading(), Bracketed(), Alone() })
        {
            foreach (Match match in pattern.Matches(text))
            {
                int option = match.Groups[1].Value[0] - 'A';
                if (option < options.Count)
                {
                    return option;
                }
            }
        }

        // Its text instead of its letter: the only option whose words are in the answer.
        int[] named = [.. Enumerable.Range(0, options.Count)
            .Where(i => text.Contains(options[i].Trim(), StringComparison.OrdinalIgnoreCase))];
        return named is [int only] ? only : null;
    }

    [GeneratedRegex(@"answer\s*(?:is|:)?\s*\**\(?([A-Z])\b", RegexOptions.CultureInvariant)]
    private static partial Regex Said();

    [GeneratedRegex(@"^\s*\**\(?([A-Z])(?:[.,:;)*\n]|\s*$)", RegexOptions.CultureInvariant)]
    private static partial Regex Leading();

    [GeneratedRegex(@"\(([A-Z])\)", RegexOptions.CultureInvariant)]
    private static partial Regex Bracketed();

    // A and I are words too.
    [GeneratedRegex(@"\b([B-HJ-Z])\b", RegexOptions.CultureInvariant)]
    private static partial Regex Alone();
}
