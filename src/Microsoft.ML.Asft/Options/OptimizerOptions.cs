using System.ComponentModel.DataAnnotations;
using Microsoft.ML.Asft.Training.Optimization;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Options;

/// <summary>The options of the optimizer, besides <see cref="AsftOptions.LearningRate"/>.</summary>
public sealed class OptimizerOptions
{
    /// <summary>Gets or sets the update rule.</summary>
    /// <value>The default value is <see cref="OptimizerAlgorithm.AdamW"/>.</value>
    [OptionScope(Resume = Comparison.MustMatch, Workers = Comparison.MustMatch)]
    public OptimizerAlgorithm Algorithm { get; set; } = OptimizerAlgorithm.AdamW;

    /// <summary>
    /// Gets or sets a function that creates your own update rule. It replaces <see cref="Algorithm"/>. Its arguments are the vectors of the values and the
    /// gradients, both float32 (P). The rule keeps them and updates the values in place.
    /// </summary>
    /// <value>The default value is <see langword="null"/>.</value>
    [OptionScope(Resume = Comparison.MustMatch, Workers = Comparison.MustMatch)]
    public Func<Tensor, Tensor, IOptimizer>? Custom { get; set; }

    /// <summary>Gets or sets the schedule of the learning rate after the warmup.</summary>
    /// <value>The default value is <see cref="LearningRateSchedule.Cosine"/>.</value>
    [OptionScope(Resume = Comparison.Warn, Workers = Comparison.MustMatch)]
    public LearningRateSchedule Schedule { get; set; } = LearningRateSchedule.Cosine;

    /// <summary>Gets or sets the share of all steps over which the learning rate rises from zero.</summary>
    /// <value>0 to 1. The default value is 0.03.</value>
    [OptionScope(Resume = Comparison.Warn, Workers = Comparison.MustMatch)]
    [Range(0.0, 1.0)]
    public double WarmupRatio { get; set; } = 0.03;

    /// <summary>Gets or sets the number of steps over which the learning rate rises. It replaces <see cref="WarmupRatio"/>.</summary>
    /// <value>0 or more, or <see langword="null"/>. The default value is <see langword="null"/>.</value>
    [OptionScope(Resume = Comparison.Warn, Workers = Comparison.MustMatch)]
    [Range(0, int.MaxValue)]
    public int? WarmupSteps { get; set; }

    /// <summary>Gets or sets the decoupled weight decay. It does not apply to biases and norm weights.</summary>
    /// <value>0 or more. The default value is 0.</value>
    [OptionScope(Resume = Comparison.Warn, Workers = Comparison.MustMatch)]
    [Range(0.0, 1e3)]
    public double WeightDecay { get; set; }

    /// <summary>Gets or sets the decay rate of AdamW's first moment. For Lion it is the share of the momentum in a step.</summary>
    /// <value>0 to 1 (exclusive). The default value is 0.9.</value>
    [OptionScope(Resume = Comparison.Warn, Workers = Comparison.MustMatch, FormerName = "AdamBeta1")]
    [Range(0.0, 0.999999999)]
    public double Beta1 { get; set; } = 0.9;

    /// <summary>Gets or sets the decay rate of AdamW's second moment. For Lion it is the decay rate of the momentum; 0.99 is usual there.</summary>
    /// <value>0 to 1 (exclusive). The default value is 0.999.</value>
    [OptionScope(Resume = Comparison.Warn, Workers = Comparison.MustMatch, FormerName = "AdamBeta2")]
    [Range(0.0, 0.999999999)]
    public double Beta2 { get; set; } = 0.999;

    /// <summary>Gets or sets the number that AdamW adds to the square root of the second moment.</summary>
    /// <value>More than 0. The default value is 1e-8.</value>
    [OptionScope(Resume = Comparison.Warn, Workers = Comparison.MustMatch, FormerName = "AdamEpsilon")]
    [Range(double.Epsilon, 1.0)]
    public double Epsilon { get; set; } = 1e-8;

    /// <summary>Gets or sets the maximum Euclidean norm of the gradient. A larger gradient is scaled down to it. 0 means no clipping.</summary>
    /// <value>0 or more. The default value is 1.</value>
    [OptionScope(Resume = Comparison.Warn, Workers = Comparison.MustMatch)]
    [Range(0.0, 1e9)]
    public double MaxGradNorm { get; set; } = 1.0;

    /// <summary>
    /// Gets or sets the number of skipped steps in a row after which fitting stops with an error. A step is skipped if its loss or gradient is not
    /// finite. It then does not change the parameters.
    /// </summary>
    /// <value>1 or more. The default value is 5.</value>
    [OptionScope(Workers = Comparison.MustMatch)]
    [Range(1, int.MaxValue)]
    public int MaxSkippedSteps { get; set; } = 5;
}
