using Microsoft.ML.Data;

namespace Microsoft.ML.Asft.Outsider.Tests;

/// <summary>A row with the model's completion.</summary>
internal sealed class CompletedRow
{
    [ColumnName("instruction")]
    public string Instruction { get; set; } = "";

    [ColumnName("completion")]
    public string Completion { get; set; } = "";
}
