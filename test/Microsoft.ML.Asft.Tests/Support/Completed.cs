using Microsoft.ML.Data;

namespace Microsoft.ML.Asft.Tests.Support;

/// <summary>A row with its completion.</summary>
internal sealed class Completed
{
    [ColumnName("instruction")]
    public string? Instruction { get; set; }

    [ColumnName("completion")]
    public string? Completion { get; set; }
}
