using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Cli.Options;
using Microsoft.ML.Asft.Cli.Output;
using Microsoft.ML.Asft.Evaluation.Drift;
using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Cli.Commands.Evaluate;

/// <summary><c>asft evaluate drift</c>: how far a model has moved from its base.</summary>
internal sealed class DriftCommand : ModelEvaluationCommand<DriftOptions>
{
    public DriftCommand()
        : base(
            "drift",
            "Measures KL to the base, perplexity and token accuracy on demonstrations, per token and per example.",
            "JSON Lines of demonstrations; - is standard input.",
            "The folder of the base model. Without it: the model with its adapter off.")
    {
        Evaluation.AddChoice(
            "--kl-direction", "forward is KL(base‖model), reverse KL(model‖base).", o => o.Direction,
            ("forward", KlDirection.Forward), ("reverse", KlDirection.Reverse));
        Model.AddColumns();
        Model.AddTemplate();
        Model.AddRowLimits();
    }

    public override IReadOnlyList<string> Examples =>
    [
        "evaluate drift --model models/small --adapter out --data heldout.jsonl",
        "evaluate drift --model out-full --compare models/small --data heldout.jsonl --output runs/drift",
    ];

    protected override (JsonObject Json, string Text) Evaluate(EvaluationRun<DriftOptions> run, string? compare)
    {
        using var baseModel = compare is null ? null : run.LoadBase(compare);
        var metrics = run.Measure((model, options) => model.EvaluateDrift(run.Rows, options, baseModel));
        var json = new JsonObject
        {
            ["items"] = metrics.Items.Count,
            ["tokens"] = metrics.Tokens,
            ["kl"] = JsonText.Number(metrics.Kl),
            ["perplexity"] = JsonText.Number(metrics.Perplexity),
            ["base_perplexity"] = JsonText.Number(metrics.BasePerplexity),
            ["token_accuracy"] = JsonText.Number(metrics.TokenAccuracy),
            ["per_example"] = new JsonObject
            {
                ["kl"] = EvaluationReport.Json(metrics.KlPerExample),
                ["cross_entropy"] = EvaluationReport.Json(metrics.CrossEntropyPerExample),
                ["token_accuracy"] = EvaluationReport.Json(metrics.TokenAccuracyPerExample),
                ["exactly_predicted"] = EvaluationReport.Json(metrics.ExactlyPredicted),
            },
        };
        return (json, NameValueTable.Of(
        [
            ("over tokens", $"{metrics.Tokens}"),
            ("  KL to the base", Show(metrics.Kl)),
            ("  perplexity", $"{Show(metrics.Perplexity)} (base {Show(metrics.BasePerplexity)})"),
            ("  token accuracy", Show(metrics.TokenAccuracy)),
            ("over examples", $"{metrics.Items.Count}"),
            ("  KL to the base", metrics.KlPerExample.ToString()),
            ("  cross-entropy", metrics.CrossEntropyPerExample.ToString()),
            ("  token accuracy", metrics.TokenAccuracyPerExample.ToString()),
            ("  wholly predicted", metrics.ExactlyPredicted.ToString()),
        ]));

        static string Show(double value) => value.ToString("G5", CultureInfo.InvariantCulture);
    }
}
