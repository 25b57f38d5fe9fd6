using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Cli.Options;
using Microsoft.ML.Asft.Cli.Output;
using Microsoft.ML.Asft.Evaluation.MultipleChoice;
using Microsoft.ML.Asft.Templates;

namespace Microsoft.ML.Asft.Cli.Commands.Evaluate;

/// <summary><c>asft evaluate mcq</c>: accuracy on multiple-choice questions.</summary>
internal sealed class MultipleChoiceCommand : ModelEvaluationCommand<MultipleChoiceOptions>
{
    public MultipleChoiceCommand()
        : base(
            "mcq",
            "Measures the accuracy on multiple-choice questions.",
            "JSON Lines of questions, in the format of MedQA, MMLU, MedMCQA or others; - is standard input.",
            "Compare with this model, adapter or earlier run on the same questions.")
    {
        Evaluation.AddChoice(
            "--choice", "What decides the model's choice: the letter as next token, each option's likelihood (in total or per character), or the written text.",
            o => o.Method,
            ("letter", MultipleChoiceMethod.Letter), ("likelihood", MultipleChoiceMethod.Likelihood),
            ("likelihood-per-character", MultipleChoiceMethod.LikelihoodPerCharacter), ("generation", MultipleChoiceMethod.Generation));
        Evaluation.AddFlag("--shuffle-options", "Put each question's options in an order drawn by the seed, to cancel out a preference for a letter.", o => o.ShuffleOptions);
        Evaluation.AddChoice(
            "--format", "The format of the rows; auto looks at the first row.", o => o.Format,
            ("auto", MultipleChoiceFormat.Auto), ("medqa", MultipleChoiceFormat.MedQa), ("mmlu", MultipleChoiceFormat.Mmlu),
            ("medmcqa", MultipleChoiceFormat.MedMcqa), ("generic", MultipleChoiceFormat.Generic));
        Evaluation.Add("--template", "NAME", "The template around the official prompt: plain is none, auto is the model's own, auto:NAME a named one of its folder.", o =>
            o.Template)
            .TemplateOf([.. PromptTemplate.Names]);
        Evaluation.Add("--max-new-tokens", "N", "The maximum number of tokens of a written answer.", o => o.MaxNewTokens);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "evaluate mcq --model models/small --adapter out --data medqa_test.jsonl",
        "evaluate mcq --model models/small --adapter out --data medqa_test.jsonl --compare models/small --output runs/medqa",
        "evaluate mcq --model models/small --data medmcqa.jsonl --choice likelihood-per-character --limit 200 --json",
    ];

    protected override (JsonObject Json, string Text) Evaluate(EvaluationRun<MultipleChoiceOptions> run, string? compare)
    {
        var metrics = run.Measure((model, options) => model.EvaluateMultipleChoice(run.Rows, options));
        var json = new JsonObject
        {
            ["items"] = metrics.Items.Count,
            ["accuracy"] = EvaluationReport.Json(metrics.Accuracy),
            ["answered"] = EvaluationReport.Json(metrics.Answered),
            ["log_loss"] = JsonText.Number(metrics.LogLoss),
            ["subjects"] = new JsonObject(
                metrics.AccuracyBySubject.Select(s => KeyValuePair.Create<string, JsonNode?>(s.Key, EvaluationReport.Json(s.Value)))),
        };
        var lines = new List<(string Name, string Value)> { ("accuracy", metrics.Accuracy.ToString()) };
        lines.AddRange(metrics.AccuracyBySubject.Select(s => ($"  {s.Key}", s.Value.ToString())));
        lines.Add(double.IsNaN(metrics.LogLoss)
            ? ("answered", metrics.Answered.ToString())
            : ("log-loss", metrics.LogLoss.ToString("F4", CultureInfo.InvariantCulture)));
        if (compare is not null)
        {
            var other = run.MeasureBase(
                compare, (model, options) => model.EvaluateMultipleChoice(run.Rows, options), MultipleChoiceMetrics.Load);
            var comparison = metrics.CompareTo(other);
            json["compare"] = EvaluationReport.Json(comparison);
            lines.Add(("base", other.Accuracy.ToString()));
            lines.Add(("difference", comparison.ToString()));
        }

        return (json, NameValueTable.Of(lines));
    }
}
