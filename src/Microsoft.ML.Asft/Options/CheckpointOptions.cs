using System.ComponentModel.DataAnnotations;

namespace Microsoft.ML.Asft.Options;

/// <summary>
/// The checkpoints that fitting writes to <see cref="AsftOptions.OutputFolder"/>, from which it can resume. A checkpoint has the weights, the
/// optimizer's state and the position in the data. Without an output folder there are no checkpoints.
/// </summary>
public sealed class CheckpointOptions
{
    /// <summary>Gets or sets the number of optimizer steps between two checkpoints.</summary>
    /// <value>1 or more, or <see langword="null"/> for the end of each epoch. The default value is <see langword="null"/>.</value>
    /// <remarks>Fitting also writes a checkpoint at the end, when it is cancelled, and after the best validation so far.</remarks>
    [OptionScope(Workers = Comparison.MustMatch)]
    [Range(1, int.MaxValue)]
    public int? EverySteps { get; set; }

    /// <summary>Gets or sets the number of latest checkpoints to keep. The checkpoint with the best validation result is always kept.</summary>
    /// <value>1 or more. The default value is 3.</value>
    [OptionScope]
    [Range(1, 1_000_000)]
    public int KeepLast { get; set; } = 3;

    /// <summary>
    /// Gets or sets whether fitting resumes from the latest checkpoint. With the options, data and machine of the run that
    /// wrote it, the result is the same as without a break, exactly so on the CPU. If there is no checkpoint, fitting starts at the beginning.
    /// </summary>
    /// <value>The default value is <see langword="false"/>: an output folder with an unfinished run is then an error.</value>
    [OptionScope(Workers = Comparison.MustMatch)]
    public bool Resume { get; set; }
}
