using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Tokenization.Normalizers;
using Microsoft.ML.Asft.Tokenization.Patterns;

namespace Microsoft.ML.Asft.Tests.Tokenization;

/// <summary>What Oniguruma, in Hugging Face's tokenizers library 0.23.2, matches. <c>test/reference/tokenizers/golden.cjs</c> made it.</summary>
public class GoldenPatternTests
{
    // Refused by name; the count keeps an eye on it.
    private const int MostRefused = 12;

    [Fact]
    public void Patterns_match_what_they_match_in_the_reference()
    {
        List<string> wrong = [];
        List<string> refused = [];
        JsonNode[] answers = [.. ReferenceAnswers.Lines("patterns.jsonl").Where(answer => answer["replaced"] is not null)];
        Assert.True(answers.Length > 200);
        foreach (JsonNode answer in answers)
        {
            string pattern = answer["pattern"]!.GetValue<string>();
            ReplaceNormalizer normalizer;
            try
            {
                normalizer = new(RegexPattern.FromOniguruma(pattern), "\uE123");
            }
            catch (NotSupportedException exception)
            {
                refused.Add($"{pattern}: {exception.Message}");
                continue;
            }

            foreach (JsonNode? pair in answer["replaced"]!.AsArray())
            {
                string actual = normalizer.Normalize(pair![0]!.GetValue<string>());
                if (actual != pair[1]!.GetValue<string>())
                {
                    wrong.Add($"{pattern} in {pair[0]!.ToJsonString()}: expected {pair[1]!.ToJsonString()}, got {JsonValue.Create(actual)!.ToJsonString()}");
                }
            }
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} differ:\n{string.Join('\n', wrong.Take(20))}");
        Assert.True(refused.Count <= MostRefused, string.Join('\n', refused));
    }
}
