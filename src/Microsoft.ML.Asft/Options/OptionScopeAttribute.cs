namespace Microsoft.ML.Asft.Options;

/// <summary>
/// Says of an option who depends on it. Every option has one, also where nothing does: a test walks them, so that a new option cannot be forgotten
/// by saved pipelines, by resumed runs or by several workers.
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

    /// <summary>Gets or sets the name under which checkpoints of earlier versions have the option.</summary>
    public string? FormerName { get; set; }
}
