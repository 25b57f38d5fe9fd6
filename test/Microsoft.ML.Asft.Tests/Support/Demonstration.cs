using Microsoft.ML.Data;

namespace Microsoft.ML.Asft.Tests.Support;

/// <summary>A row with a prompt and a response.</summary>
internal sealed class Demonstration
{
    [ColumnName("instruction")]
    public string? Instruction { get; set; }

    [ColumnName("response")]
    public string? Response { get; set; }

    public static Demonstration[] Some { get; } =
    [
        new() { Instruction = "1+1", Response = "2" },
        new() { Instruction = "The capital of France?", Response = "Paris" },
        new() { Instruction = "2+3", Response = "5" },
        new() { Instruction = "Say it in German: yes", Response = "ja" },
        new() { Instruction = "4-1", Response = "3" },
    ];
}
