using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Evaluation.Statistics;

namespace Microsoft.ML.Asft.Cli.Output;

/// <summary>Shares, means and comparisons as JSON.</summary>
internal static class EvaluationReport
{
    public static JsonObject Json(Proportion share) => new()
    {
        ["value"] = JsonText.Number(share.Value),
        ["count"] = share.Count,
        ["lower"] = JsonText.Number(share.Lower),
        ["upper"] = JsonText.Number(share.Upper),
    };

    public static JsonObject Json(MeanEstimate mean) => new()
    {
        ["value"] = JsonText.Number(mean.Value),
        ["count"] = mean.Count,
        ["standard_error"] = JsonText.Number(mean.StandardError),
    };

    public static JsonObject Json(PairedComparison comparison) => new()
    {
        ["mean"] = JsonText.Number(comparison.Mean),
        ["base_mean"] = JsonText.Number(comparison.BaseMean),
        ["difference"] = JsonText.Number(comparison.Difference),
        ["lower"] = JsonText.Number(comparison.Lower),
        ["upper"] = JsonText.Number(comparison.Upper),
        ["better"] = comparison.Better,
        ["worse"] = comparison.Worse,
        ["count"] = comparison.Count,
        ["p"] = JsonText.Number(comparison.PValue),
    };
}
