namespace Microsoft.ML.Asft.Options;

/// <summary>
/// Says whether saved pipelines, resumed runs and groups of workers depend on an option. Every option must have this attribute, even if none of
/// them depends on it: a test checks that, so that they cannot forget a new option.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OptionScopeAttribute : Attribute
{
    /// <summary>Gets or sets whether a saved pipeline keeps the option.</summary>
    public bool Saved { get; set; }

    /// <summary>Gets or sets how a resumed run compares the option with the run that wrote the checkpoint.</summary>
    public Comparison Resume { get; set; }

    /// <summary>Gets or sets how the workers of one run compare the option.</summary>
    public Comparison Workers { get; set; }

    /// <summary>Gets or sets the name of the option in checkpoints of earlier versions.</summary>
    public string? FormerName { get; set; }
}
