using Microsoft.ML.Asft.Evaluation.Runs;
using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Evaluation.Drift;

/// <summary>The options of a drift measurement.</summary>
public sealed class DriftOptions : EvaluationOptions
{
    /// <summary>Gets or sets the direction of the divergence.</summary>
    /// <value>The default value is <see cref="KlDirection.Forward"/>: KL(base‖model).</value>
    public KlDirection Direction { get; set; } = KlDirection.Forward;
}
