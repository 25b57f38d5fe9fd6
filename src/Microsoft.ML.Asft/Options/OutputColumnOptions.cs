namespace Microsoft.ML.Asft.Options;

/// <summary>Further columns that the transformer adds, besides <see cref="AsftOptions.OutputColumnName"/>.</summary>
public sealed class OutputColumnOptions
{
    /// <summary>Gets or sets the column (<see cref="int"/>) for the number of tokens of the completion.</summary>
    /// <value>The default value is <see langword="null"/>: none.</value>
    [OptionScope(Saved = true)]
    public string? TokenCountColumnName { get; set; }

    /// <summary>
    /// Gets or sets the column (<see cref="float"/>) for the mean log-probability of the completion's tokens.
    /// </summary>
    /// <value>The default value is <see langword="null"/>: none.</value>
    [OptionScope(Saved = true)]
    public string? MeanLogProbabilityColumnName { get; set; }

    /// <summary>Gets or sets the text column for the reason why the completion ended: <c>stop</c> or <c>length</c>.</summary>
    /// <value>The default value is <see langword="null"/>: none.</value>
    [OptionScope(Saved = true)]
    public string? FinishReasonColumnName { get; set; }
}
