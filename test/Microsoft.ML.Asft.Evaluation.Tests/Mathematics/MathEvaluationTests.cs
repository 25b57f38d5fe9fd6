using Microsoft.ML.Asft.Evaluation.Mathematics;
using Microsoft.ML.Asft.Evaluation.Tests.Support;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Evaluation.Tests.Mathematics;

public class MathEvaluationTests(BaseModel assets) : IClassFixture<BaseModel>
{
    private static readonly object[] Problems =
    [
        new { question = "What is 34 + 25?", answer = "59" },
        new { question = "What is 8 times 11?", answer = "It is 8 times 11.\n#### 88" },
        new { question = "What is 48 + 84?", answer = "132" },
    ];

    private MathMetrics Evaluate(int samples, double temperature = 1, int batchSize = 2) => assets.Model.EvaluateMath(
        assets.Rows(Problems),
            new MathOptions { Prompt = "auto", MaxNewTokens = 40, Samples = samples, Temperature = temperature, BatchSize = batchSize });

    [Fact]
    public void The_greedy_solution_is_the_models_completion()
    {
        var metrics = Evaluate(samples: 0);
        Assert.Equal(assets.Model.Complete("What is 34 + 25?").Text, metrics.Items[0].Greedy.Text);
        Assert.True(metrics.Items[0].Greedy.Correct, metrics.Items[0].Greedy.Text);
        Assert.Equal(metrics.Items.Count(item => item.Greedy.Correct) / 3.0, metrics.Accuracy, 12);
        Assert.Equal("88", metrics.Items[1].Answer);
        Assert.Null(metrics.SampledAccuracy);
    }

    [Fact]
    public void Samples_are_counted_and_drawn_again_the_same_whatever_the_batches()
    {
        var metrics = Evaluate(samples: 4);
        Assert.Equal(4, metrics.Samples);
        Assert.Equal(metrics.Items.Average(item => item.Samples.Count(s => s.Correct) / 4.0), metrics.SampledAccuracy!.Value, 12);
        Assert.Equal([1, 2, 4], metrics.PassAtK.Keys);
        Assert.Equal(metrics.SampledAccuracy!.Value, metrics.PassAtK[1], 12);
        Assert.Equal(metrics.Items.Count(item => item.Samples.Any(s => s.Correct)) / 3.0, metrics.PassAtK[4], 12);
        Assert.Equal(
            metrics.Items.SelectMany(item => item.Samples), Evaluate(samples: 4, batchSize: 3).Items.SelectMany(item => item.Samples));
    }

    [Fact]
    public void Samples_at_a_low_temperature_are_the_greedy_solution() =>
        Assert.All(Evaluate(samples: 3, temperature: 1e-3).Items, item =>
            Assert.All(item.Samples, sample => Assert.Equal(item.Greedy.Text, sample.Text)));

    [Fact]
    public void Prompts_are_the_official_ones_with_examples_before()
    {
        (string, string)[] examples = [("1+1?", "2")];
        Assert.Equal(
            "Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n"
            + "### Instruction:\n1+1?\n\n### Response:\n2\n\n"
            + "Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n"
            + "### Instruction:\n2+2?\n\n### Response:\n",
            MathPrompt.Of("alpaca", "2+2?", examples));
        Assert.Equal(
            "<|im_start|>system\nPlease reason step by step, and put your final answer within \\boxed{}.<|im_end|>\n"
            + "<|im_start|>user\n1+1?\n2\n\n2+2?<|im_end|>\n<|im_start|>assistant\n",
            MathPrompt.Of("qwen-math-cot", "2+2?", examples));
        Assert.Contains("'cot'", Assert.Throws<ArgumentException>(() => MathPrompt.Of("cot", "", [])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Worked_examples_change_what_the_model_reads()
    {
        var options = new MathOptions
        {
            Prompt = "auto", MaxNewTokens = 16,
            FewShot = assets.Rows([new { question = "Say one.", solution = "one one one" }])
        };
        var metrics = assets.Model.EvaluateMath(assets.Rows(Problems), options);
        Assert.Equal(assets.Model.Complete("Say one.\none one one\n\nWhat is 34 + 25?").Text[..8], metrics.Items[0].Greedy.Text[..8]);
    }

    [Fact]
    public void A_problem_without_an_answer_is_named()
    {
        object[] rows = [new { question = "1+1?", answer = "2" }, new { question = "And?", answer = "", solution = "I do not know." }];
        Assert.Contains(
            "Row 2", Assert.Throws<InvalidDataException>(() => assets.Model.EvaluateMath(assets.Rows(rows))).Message,
                StringComparison.Ordinal);
    }
}
