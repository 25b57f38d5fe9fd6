using Microsoft.ML.Asft.Evaluation.MultipleChoice;
using Microsoft.ML.Asft.Evaluation.Tests.Support;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Evaluation.Tests.MultipleChoice;

public class MultipleChoiceTests(BaseModel assets) : IClassFixture<BaseModel>
{
    private static readonly object[] Questions =
    [
        new { question = "What is the capital of Chile?", choices = new[] { "Lima", "Santiago", "Quito", "Bogota" }, answer = 1,
            subject = "capitals" },
        new { question = "Which is a fruit?", choices = new[] { "a very long story about a chair", "pear", "tin" }, answer = 1,
            subject = "kinds" },
        new { question = "What is 2 + 2?", choices = new[] { "3", "4", "5", "22" }, answer = 1, subject = "sums" },
    ];

    private MultipleChoiceMetrics Evaluate(MultipleChoiceMethod method, int batchSize = 2) =>
        assets.Model.EvaluateMultipleChoice(assets.Rows(Questions), new MultipleChoiceOptions { Method = method, BatchSize = batchSize });

    [Fact]
    public void Shuffled_options_are_the_same_ones_with_the_right_one_anywhere()
    {
        var question = new MultipleChoiceQuestion("Which?", ["w", "x", "y", "z"], 3);
        var shuffled = Enumerable.Range(0, 2000).Select(i => question.Shuffled(5, i)).ToArray();
        Assert.All(shuffled, q => Assert.Equal("z", q.Options[q.Answer]));
        Assert.All(shuffled, q => Assert.Equal(question.Options, q.Options.Order()));
        Assert.All(shuffled.CountBy(q => q.Answer), answer => Assert.InRange(answer.Value, 420, 580));
        Assert.Equal(shuffled[7].Options, question.Shuffled(5, 7).Options);
    }

    [Fact]
    public void The_prompt_is_the_official_one()
    {
        var question = new MultipleChoiceQuestion("Which is a fruit?", ["a chair", "a pear"], 1);
        Assert.Equal("Question: Which is a fruit?\n\nOptions:\nA. a chair\nB. a pear\n\nAnswer:", question.Prompt);
    }

    [Fact]
    public void A_row_without_options_is_told_so_and_not_called_malformed()
    {
        var rows = assets.Rows([new { question = "a", options = new[] { "x", "y" }, answer = "A" }, new { question = "b", answer = "A" }]);

        Assert.StartsWith(
            "Row 2: column 'options' is missing or empty", Assert.Throws<InvalidDataException>(() => MultipleChoiceQuestion.ReadAll(rows)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Probabilities_of_letters_are_those_of_the_logits_over_all_spellings()
    {
        var metrics = Evaluate(MultipleChoiceMethod.Letter);
        var questions = MultipleChoiceQuestion.ReadAll(assets.Rows(Questions));
        for (int i = 0; i < questions.Count; i++)
        {
            double[] p = NextTokenProbabilities(questions[i].Prompt, []);
            double[] letters = new double[questions[i].Options.Count];
            for (int id = 0; id < p.Length; id++)
            {
                string token = assets.Model.Tokenizer.Decode([id])!.Trim();
                if (token.Length == 1 && token[0] >= 'A' && token[0] < 'A' + letters.Length)
                {
                    letters[token[0] - 'A'] += p[id];
                }
            }

            Assert.Equal(letters.Sum(), metrics.Items[i].LetterProbability!.Value, 1e-6);
            Assert.Equal(letters.Select(x => x / letters.Sum()), metrics.Items[i].Probabilities!, (a, b) => Math.Abs(a - b) < 1e-5);
            Assert.Equal("ABCD"[Array.IndexOf(letters, letters.Max())], metrics.Items[i].Choice);
        }
    }

    [Fact]
    public void A_letter_has_several_spellings()
    {
        var spellings = LetterTokens.Find(assets.Model.Tokenizer, (int)assets.Model.Model.HeadWeight.shape[0], 4);
        Assert.All(spellings, ids => Assert.True(ids.Count >= 2));
        Assert.Contains(assets.Model.Tokenizer.EncodeToIds("B").Single(), spellings[1]);
        Assert.Contains(assets.Model.Tokenizer.EncodeToIds("x B").Last(), spellings[1]);
        Assert.DoesNotContain(assets.Model.Tokenizer.EncodeToIds("b").Single(), spellings[1]);
    }

    [Fact]
    public void Likelihoods_of_options_are_the_products_of_their_tokens_probabilities()
    {
        var plain = Evaluate(MultipleChoiceMethod.Likelihood);
        var perCharacter = Evaluate(MultipleChoiceMethod.LikelihoodPerCharacter);
        var questions = MultipleChoiceQuestion.ReadAll(assets.Rows(Questions));
        for (int i = 0; i < questions.Count; i++)
        {
            double[] logLikelihoods = [.. questions[i].Options.Select(option => LogLikelihood(questions[i].Prompt, $" {option}"))];
            AssertSoftmax(logLikelihoods, plain.Items[i].Probabilities!);
            AssertSoftmax([.. logLikelihoods.Zip(questions[i].Options, (value, option) => value / option.Length)], perCharacter.Items[i]
                .Probabilities!);
        }

        // The long option is the unlikeliest as a whole, and no longer so by the character.
        Assert.True(perCharacter.Items[1].Probabilities![0] > plain.Items[1].Probabilities![0]);

        static void AssertSoftmax(double[] logits, IReadOnlyList<double> actual)
        {
            double[] weights = [.. logits.Select(x => Math.Exp(x - logits.Max()))];
            Assert.Equal(weights.Select(w => w / weights.Sum()), actual, (a, b) => Math.Abs(a - b) < 1e-4);
        }
    }

    [Fact]
    public void Metrics_count_what_the_items_say()
    {
        var metrics = Evaluate(MultipleChoiceMethod.Letter, batchSize: 3);
        Assert.Equal(metrics.Items.Count(item => item.Choice == 'B') / 3.0, metrics.Accuracy, 12);
        Assert.Equal(["capitals", "kinds", "sums"], metrics.AccuracyBySubject.Keys);
        Assert.Equal(metrics.Items.Average(item => -Math.Log(item.Probabilities![1])), metrics.LogLoss, 12);
        Assert.Equal(0, metrics.CompareTo(metrics).Difference);
    }

    [Fact]
    public void Written_answers_are_read_and_missing_ones_are_wrong()
    {
        var metrics = Evaluate(MultipleChoiceMethod.Generation);
        Assert.All(metrics.Items, item => Assert.NotNull(item.Completion));
        Assert.Contains(metrics.Items, item => item.Choice is null);
        Assert.All(metrics.Items.Where(item => item.Choice is null), item => Assert.False(item.Correct));
    }

    [Theory]
    [InlineData(" B", 1)]
    [InlineData("B. pear", 1)]
    [InlineData("(C)", 2)]
    [InlineData("The answer is C.", 2)]
    [InlineData("The correct answer is (B), since A is no fruit", 1)]
    [InlineData("**A**", 0)]
    [InlineData("It must be the pear.", 1)]
    [InlineData("A chair is no fruit, so D", 3)]
    [InlineData("none of them", null)]
    [InlineData("Z", null)]
    public void A_letter_is_found_in_a_written_answer(string text, int? option) =>
        Assert.Equal(option, WrittenChoice.Find(text, ["chair", "pear", "tin", "stone"]));

    [Fact]
    public void All_layouts_give_the_same_question()
    {
        object[][] layouts =
        [
            [new { question = "Q?", options = new { A = "one", B = "two", C = "three", D = "four" }, answer = "three", answer_idx = "C" }],
            [new { question = "Q?", choices = new[] { "one", "two", "three", "four" }, answer = 2 }],
            [new { question = "Q?", opa = "one", opb = "two", opc = "three", opd = "four", cop = 2 }],
            [new { question = "Q?", options = new[] { "one", "two", "three", "four" }, answer = "C" }],
            [new { question = "Q?", options = new[] { "one", "two", "three", "four" }, answer = "three" }],
            [new { question = "Q?", A = "one", B = "two", C = "three", D = "four", answer = "c" }],
        ];
        foreach (object[] layout in layouts)
        {
            var question = Assert.Single(MultipleChoiceQuestion.ReadAll(assets.Rows(layout)));
            Assert.Equal(("Q?", 2), (question.Question, question.Answer));
            Assert.Equal(["one", "two", "three", "four"], question.Options);
        }
    }

    [Fact]
    public void A_row_without_an_answer_is_named()
    {
        object[] rows = [new { question = "Q?", opa = "1", opb = "2", opc = "3", opd = "4", cop = 0 },
            new { question = "Q?", opa = "1", opb = "2", opc = "3", opd = "4", cop = -1 }];
        string message = Assert.Throws<InvalidDataException>(() => MultipleChoiceQuestion.ReadAll(assets.Rows(rows))).Message;
        Assert.Contains("Row 2", message, StringComparison.Ordinal);
        Assert.Contains("'cop' is '-1'", message, StringComparison.Ordinal);
    }

    private double LogLikelihood(string prompt, string option)
    {
        double sum = 0;
        var taken = new List<int>();
        foreach (int id in assets.Model.Tokenizer.EncodeToIds(option))
        {
            sum += Math.Log(NextTokenProbabilities(prompt, taken)[id]);
            taken.Add(id);
        }

        return sum;
    }

    // One prompt at a time and no softmax of a library's.
    private double[] NextTokenProbabilities(string prompt, IEnumerable<int> taken)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        long[] ids = [.. assets.Model.Tokenizer.EncodeToIds(prompt).Concat(taken).Select(id => (long)id)];
        var hidden = assets.Model.Model.Forward(tensor(ids, [1, ids.Length]));
        float[] h = hidden[0, ids.Length - 1].data<float>().ToArray();
        float[] head = assets.Model.Model.HeadWeight.to_type(ScalarType.Float32).data<float>().ToArray();
        double[] logits = [.. Enumerable.Range(0, head.Length / h.Length)
            .Select(token => h.Select((x, i) => (double)x * head[(token * h.Length) + i]).Sum())];
        double[] weights = [.. logits.Select(x => Math.Exp(x - logits.Max()))];
        double total = weights.Sum();
        return [.. weights.Select(w => w / total)];
    }
}
