using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Tests.Support;

namespace Microsoft.ML.Asft.Tests.Training;

/// <summary>Rows that are too long or cannot be used.</summary>
public sealed class UnusableRowTests : FitFixture
{
    [Fact]
    public void Longer_rows_are_cut_or_left_out_and_counted()
    {
        var options = Options();
        options.MaxLength = 20;
        options.BatchSize = 1;
        options.MaxSteps = null;
        options.Epochs = 1;
        Demonstration[] rows =
        [
            new() { Instruction = "a", Response = "b" },
            new() { Instruction = "a", Response = new string('b', 100) },
            new() { Instruction = "c", Response = "d" },
        ];
        var data = MLContext.Data.LoadFromEnumerable(rows);
        using var cut = MLContext.Transforms.AsftFineTune(options).Fit(data);
        Assert.Equal(3, cut.History.Count);
        Assert.Equal(20, cut.History.Max(p => p.Tokens));
        Assert.Contains(Warnings, w => w.StartsWith("1 of 3 rows are longer than 20 tokens and were cut", StringComparison.Ordinal));

        options.Data.LongRows = LongRowPolicy.Drop;
        using var dropped = MLContext.Transforms.AsftFineTune(options).Fit(data);
        Assert.Equal(2, dropped.History.Count);
        Assert.Contains(Warnings, w => w.StartsWith("1 of 3 rows are longer than 20 tokens and were left out", StringComparison.Ordinal));
    }

    [Fact]
    public void Rows_that_cannot_be_used_are_counted_and_the_first_are_named()
    {
        string path = At("bad.jsonl");
        byte[][] lines =
        [
            """{"instruction": "1+1", "response": "2"}"""u8.ToArray(),
            """{"instruction": "null?", "response": null}"""u8.ToArray(),
            """{"instruction": "empty?", "response": "  "}"""u8.ToArray(),
            """{"instruction": "3+1", """u8.ToArray(),
            """[1, 2]"""u8.ToArray(),
            [.. "{\"instruction\": \""u8, 0xC3, 0x28, .. "\", \"response\": \"x\"}"u8],
            """{"instruction": "half \ud800", "response": "x"}"""u8.ToArray(),
            [.. "{\"instruction\": \"5 MB\", \"response\": \""u8, .. Enumerable.Repeat((byte)'x', 5 << 20), .. "\"}"u8],
            """{"instruction": "2+2", "response": "4"}"""u8.ToArray(),
        ];
        File.WriteAllBytes(path, [.. lines.SelectMany(line => (byte[])[.. line, (byte)'\n'])]);
        Assert.Contains("line 4", Assert.Throws<InvalidDataException>(() => MLContext.Data.LoadAsftData(path)).Message, StringComparison.Ordinal);

        var options = Options();
        options.Data.InvalidRows = RowPolicy.Skip;
        options.Data.LongRows = LongRowPolicy.Drop;
        options.BatchSize = 1;
        options.MaxSteps = null;
        options.Epochs = 1;
        var data = MLContext.Data.LoadAsftData(path, invalidRows: RowPolicy.Skip);
        using var model = MLContext.Transforms.AsftFineTune(options).Fit(data);
        Assert.Equal(2, model.History.Count);
        Assert.Contains(Warnings, w => w.StartsWith("6 of 9 rows could not be used", StringComparison.Ordinal));
        Assert.Contains(Warnings, w => w.StartsWith("1 of 9 rows are longer", StringComparison.Ordinal));
        Assert.Contains(Warnings, w => w.StartsWith($"{path}, line 2, column 'response'", StringComparison.Ordinal));
        Assert.Contains(Warnings, w => w.StartsWith($"{path}, line 4: ", StringComparison.Ordinal));
        Assert.Contains(Warnings, w => w.StartsWith($"{path}, line 6: ", StringComparison.Ordinal) && w.Contains("not UTF-8", StringComparison.Ordinal));

        options.Data.InvalidRows = RowPolicy.Refuse;
        var error = Assert.Throws<InvalidDataException>(() => MLContext.Transforms.AsftFineTune(options).Fit(data)).Message;
        Assert.StartsWith($"{path}, line 2, column 'response'", error, StringComparison.Ordinal);
    }
}
