using Microsoft.ML.Data;

namespace Microsoft.ML.Asft.Mpi.Tests;

/// <summary>A row to train on.</summary>
internal sealed class TrainingRow
{
    [ColumnName("instruction")]
    public string? Instruction { get; set; }

    [ColumnName("response")]
    public string? Response { get; set; }

    [ColumnName("weight")]
    public float Weight { get; set; }

    /// <summary>Gets rows of unequal lengths.</summary>
    public static TrainingRow[] Some { get; } = [.. Enumerable.Range(0, 25).Select(i => new TrainingRow
    {
        Instruction = $"{i}+{i * 3 % 7}",
        Response = string.Concat(Enumerable.Repeat($"{i + (i * 3 % 7)} ", 1 + (i * i % 6))),
        Weight = 1 + (i % 2),
    })];
}
