using System.Globalization;
using System.Text.Json;
using Microsoft.ML.Asft.Evaluation.Mathematics;
using Microsoft.ML.Asft.Tests.Support;

namespace Microsoft.ML.Asft.Evaluation.Tests.Mathematics;

public class AnswerExtractorTests
{
    [Theory]
    [InlineData("So $x = \\boxed{5}$.", "5")]
    [InlineData("\\boxed{1} or rather \\boxed{\\frac{1}{2}}", "\\frac{1}{2}")]
    [InlineData("\\boxed{\\{1, \\frac{2}{3}\\}} done, 7 times", "\\{1, \\frac{2}{3}\\}")]
    [InlineData("\\boxed {42}", "42")]
    [InlineData("\\fbox{42}", "42")]
    [InlineData("It was \\boxed{3}, and then \\boxed{4", "3")]
    [InlineData("\\boxed{a_{b_{c}}}", "a_{b_{c}}")]
    [InlineData("2+2=<<2+2=4>>4\n#### 4", "4")]
    [InlineData("#### 1\nagain\n#### 1,234 \nThe answer is 3.", "1,234")]
    [InlineData("\\boxed{9}\n#### 4", "9")]
    [InlineData("The answer is 12.5. It took 3 days.", "12.5")]
    [InlineData("The answer is 3. No, the answer is: 4.", "4")]
    [InlineData("Final Answer: $\\frac{3}{4}$", "$\\frac{3}{4}$")]
    [InlineData("**The answer is** 7", "7")]
    [InlineData("The answer is 8 because 4 + 4 is 8.", "8")]
    [InlineData("48 + 84: 8 + 4 = 12, 4 + 8 + 1 = 13, so 132.", "132")]
    [InlineData("It costs $1,234.50 in all.", "1,234.50")]
    [InlineData("That leaves -3 of them", "-3")]
    [InlineData("about 3/4 of it", "3/4")]
    [InlineData("It grew by 25%.", "25%")]
    public void The_answer_is_found(string solution, string answer) => Assert.Equal(answer, AnswerExtractor.Extract(solution));

    [Theory]
    [InlineData("")]
    [InlineData("I do not know.")]
    [InlineData("\\boxed{")]
    public void Where_there_is_none_none_is_found(string solution) => Assert.Null(AnswerExtractor.Extract(solution));

    [SharedDataFact("data/gsm8k_test.jsonl")]
    public void Every_reference_of_GSM8K_ends_in_its_number()
    {
        foreach (string line in File.ReadLines(SharedData.PathOf("data", "gsm8k_test.jsonl")))
        {
            string solution = JsonDocument.Parse(line).RootElement.GetProperty("response").GetString()!;
            string answer = AnswerExtractor.Extract(solution)!;
            Assert.EndsWith($"#### {answer}", solution, StringComparison.Ordinal);
            double value = double.Parse(answer, NumberStyles.Number, CultureInfo.InvariantCulture);
            Assert.True(new MathGrader().AreEquivalent($"\\${value:F2}", answer), answer);
        }
    }
}
