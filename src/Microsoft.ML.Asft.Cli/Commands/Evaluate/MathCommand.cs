using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Cli.Options;
using Microsoft.ML.Asft.Cli.Output;
using Microsoft.ML.Asft.Evaluation.Mathematics;

namespace Microsoft.ML.Asft.Cli.Commands.Evaluate;

/// <summary><c>asft evaluate math</c>: accuracy on mathematical problems, greedily and over samples.</summary>
internal sealed class MathCommand : ModelEvaluationCommand<MathOptions>
{
    private readonly Option<string?> _fewShot =
        SharedOptions.Text("--few-shot", "FILE", "JSON Lines of problems with solutions, shown before each problem.");

    public MathCommand()
        : base(
            "math",
            "Measures how many mathematical problems a model solves, greedily and over samples.",
            "JSON Lines of problems with their answers or solutions; - is standard input.",
            "Compare with this model, adapter or earlier run on the same problems.")
    {
        Evaluation.Add("--prompt", "NAME",
            "The prompt: the official evaluation's alpaca or qwen-math-cot, or auto, the model's own template.", o => o.Prompt)
            .OneOf("alpaca", "qwen-math-cot", "auto");
        Add(_fewShot);
        Evaluation.Add(
            "--samples", "N", "Solutions to sample for each problem, besides the greedy one; the paper uses 16.", o => o.Samples);
        Evaluation.Add("--temperature", "X", "The temperature of these samples.", o => o.Temperature);
        Evaluation.Add("--max-new-tokens", "N", "The maximum number of tokens of a solution.", o => o.MaxNewTokens);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "evaluate math --model models/small --adapter out --data gsm8k_test.jsonl",
        "evaluate math --model models/small --adapter out --data gsm8k_test.jsonl --samples 16 --compare models/small --output runs/gsm8k",
        "evaluate math --model models/small --data math500.jsonl --prompt qwen-math-cot --few-shot four.jsonl --limit 100 --json",
    ];

    protected override void Configure(ParseResult parse, MLContext mlContext, MathOptions options)
    {
        if (parse.GetValue(_fewShot) is { } file)
        {
            options.FewShot = File.Exists(file) ? mlContext.Data.LoadAsftData(file) : throw new CommandException(
                $"There is no file '{file}'. Correct --few-shot.");
        }
    }

    protected override (JsonObject Json, string Text) Evaluate(EvaluationRun<MathOptions> run, string? compare)
    {
        var metrics = run.Measure((model, options) => model.EvaluateMath(run.Rows, options));
        int n = metrics.Samples;
        var json = new JsonObject
        {
            ["items"] = metrics.Items.Count,
            ["accuracy"] = EvaluationReport.Json(metrics.Accuracy),
            ["answered"] = EvaluationReport.Json(metrics.Answered),
            ["samples"] = n,
        };
        var lines = new List<(
            string Name, string Value)> { ("greedy", metrics.Accuracy.ToString()), ("with an answer", metrics.Answered.ToString()) };
        if (metrics is { SampledAccuracy: { } mean, MajorityAccuracy: { } majority })
        {
            json["mean"] = EvaluationReport.Json(mean);
            json["majority"] = EvaluationReport.Json(majority);
            json["pass"] = new JsonObject(
                metrics.PassAtK.Select(p => KeyValuePair.Create<string, JsonNode?>($"{p.Key}", EvaluationReport.Json(p.Value))));
            lines.AddRange([($"mean@{n}", mean.ToString()), ($"maj@{n}", majority.ToString())]);
            lines.AddRange(metrics.PassAtK.Select(p => ($"pass@{p.Key}", p.Value.ToString())));
        }

        if (compare is not null)
        {
            var other = run.MeasureBase(compare, (model, options) => model.EvaluateMath(run.Rows, options), MathMetrics.Load);
            var comparison = metrics.CompareTo(other);
            json["compare"] = EvaluationReport.Json(comparison);
            lines.AddRange([("base, greedy", other.Accuracy.ToString()), ("difference", comparison.ToString())]);
            if (n > 0 && other is { Samples: > 0, SampledAccuracy: { } otherMean })
            {
                var sampled = metrics.CompareSamplesTo(other);
                json["compare_mean"] = EvaluationReport.Json(sampled);
                lines.AddRange([($"base, mean@{other.Samples}", otherMean.ToString()), ("difference", sampled.ToString())]);
            }
        }

        return (json, NameValueTable.Of(lines));
    }
}
