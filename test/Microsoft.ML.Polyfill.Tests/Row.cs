using Microsoft.ML.Data;

namespace Microsoft.ML.Polyfill.Tests;

/// <summary>A row with a member of each kind that has a way of its own into a column.</summary>
internal sealed class Row
{
    public const int NoColumnEither = 3;

    public string? Text { get; set; } = "";

    public float Number;

    public double Wide;

    public long Long { get; set; }

    public bool Flag { get; set; }

    public float[] Vector = [];

    [KeyType(5)]
    public uint Category;

    public string[] Words { get; set; } = [];

    [NoColumn]
    public object? NoColumn { get; set; }

    public static Row[] Some(int count) => [.. Enumerable.Range(0, count).Select(i => new Row
    {
        Text = $"t{i}",
        Number = i,
        Wide = i / 8.0,
        Long = 1L << i,
        Flag = i % 3 == 0,
        Vector = [i, -i],
        Category = (uint)(i % 5),
        Words = [$"a{i}", "b"],
    })];
}
