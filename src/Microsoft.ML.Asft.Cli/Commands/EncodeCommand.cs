using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Cli.Options;
using Microsoft.ML.Asft.Cli.Output;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Cli.Commands;

/// <summary><c>asft encode</c>: token ids and labels of each row, as training sees them.</summary>
internal sealed class EncodeCommand : AsftCommand
{
    private readonly BoundOptions<AsftOptions> _options;
    private readonly InputRows _data = InputRows.Demonstrations();
    private readonly Option<string?> _output = SharedOptions.Output("FILE", "The file for the lines. Without it: standard output.");

    public EncodeCommand()
        : base("encode", "Writes the token ids and labels that training sees (-100: not trained on).")
    {
        _options = new BoundOptions<AsftOptions>(this);
        _options.AddModel().Required();
        _data.Paths.Required();
        _data.AddTo(this);
        Add(_output);
        _options.AddResizeEmbedding();
        _options.AddColumns();
        _options.AddTemplate();
        _options.AddRowLimits();
        _options.AddTurns();
    }

    public override IReadOnlyList<string> Examples =>
    [
        "encode --model models/small --data train.jsonl --output encoded.jsonl",
        "encode --model models/small --data train.jsonl --template alpaca | head -1",
        "encode --model models/small --data datasets/gsm8k/main --split train --prompt-column question --response-column answer",
    ];

    public override void Run(ParseResult parse, CommandConsole console, CancellationToken cancellationToken)
    {
        var options = _options.Create(parse).CheckFolders();
        var mlContext = console.CreateContext();
        var rows = _data.Load(parse, mlContext, options.Data.InvalidRows)!;
        var examples = mlContext.Data.EncodeForAsft(rows, options);
        string? output = parse.GetValue(_output);
        var counts = output is not null
            ? AtomicFile.Write(output, writer => Write(examples, writer, cancellationToken))
            : Write(examples, console.Json ? TextWriter.Null : console.Out, cancellationToken);
        if (output is not null || console.Json)
        {
            console.Result(
                new JsonObject
                {
                    ["rows"] = counts.Rows,
                    ["tokens"] = counts.Tokens,
                    ["labelled_tokens"] = counts.LabelledTokens,
                    ["output"] = output,
                },
                $"{counts.Rows} rows, {counts.Tokens} tokens, {counts.LabelledTokens} of them labelled, written to {output}");
        }
    }

    private static (long Rows, long Tokens, long LabelledTokens) Write(
        IEnumerable<EncodedExample> examples, TextWriter writer, CancellationToken cancellationToken)
    {
        (long rows, long tokens, long labelledTokens) = (0, 0, 0);
        foreach (var example in examples)
        {
            cancellationToken.ThrowIfCancellationRequested();
            writer.WriteLine(JsonSerializer.Serialize(new { example.InputIds, example.Labels }, JsonText.Options));
            rows++;
            tokens += example.InputIds.Length;
            labelledTokens += example.Labels.Count(label => label != EncodedExample.IgnoreIndex);
        }

        return (rows, tokens, labelledTokens);
    }
}
