using Microsoft.ML.Data;

namespace Microsoft.ML.Asft.Outsider.Tests;

/// <summary>A demonstration.</summary>
internal sealed class Row
{
    public Row()
    {
    }

    public Row(string instruction, string response) => (Instruction, Response) = (instruction, response);

    [ColumnName("instruction")]
    public string Instruction { get; set; } = "";

    [ColumnName("response")]
    public string Response { get; set; } = "";
}
