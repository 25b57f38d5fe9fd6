using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Cli.Options;
using Microsoft.ML.Asft.Cli.Output;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Cli.Commands;

/// <summary><c>asft generate</c>: completes one prompt, or a column of prompts.</summary>
internal sealed class GenerateCommand : AsftCommand
{
    private readonly ModelSource _source;
    private readonly WorkersOption _workers;
    private readonly Option<string?> _prompt = SharedOptions.Text("--prompt", "TEXT", "The prompt to complete.");
    private readonly InputRows _data = new("--data", "--split", "Rows with prompts; - is standard input");
    private readonly Option<string?> _output =
        SharedOptions.Output("FILE", "The file for the rows with their completions. Without it: standard output.");

    public GenerateCommand()
        : base("generate", "Completes prompts.")
    {
        _source = new ModelSource(this);
        Add(_prompt);
        _data.AddTo(this);
        Add(_output);
        _source.Add(options =>
        [
            .. options.AddGeneration(),
            options.Add("--batch-size", "N", "Prompts completed at the same time.", o => o.Generation.BatchSize),
            options.Add("--prompt-column", "NAME", "The field with the prompt. Without it: instruction, or prompt.", o => o.Data.PromptColumnName),
        ]);
        this.ExactlyOneOf(_prompt, _data.Paths);
        this.Only(_output, with: _data.Paths);
        _workers = new WorkersOption(this, _source.Threads, _data.Paths);
        this.Only(_workers.Option, with: _data.Paths);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "generate --pipeline out/pipeline.zip --prompt \"What is 17 + 25?\"",
        "generate --model models/small --adapter out --prompt \"What is 17 + 25?\" --max-new-tokens 64",
        "generate --model models/small --data questions.jsonl --output answers.jsonl",
        "generate --model models/small --prompt \"A rhyme:\" --temperature 0.8 --top-p 0.95 --seed 1 --stop \"\\n\\n\"",
    ];

    public override void Run(ParseResult parse, CommandConsole console, CancellationToken cancellationToken) =>
        _workers.Run(parse, workers => Run(parse, console, workers, cancellationToken));

    private void Run(ParseResult parse, CommandConsole console, IWorkerGroup? workers, CancellationToken cancellationToken)
    {
        var mlContext = console.CreateContext();
        var rows = workers.RunOnAll(() => _data.Load(parse, mlContext));
        var (model, pipeline) = workers.RunOnAll(() => _source.Load(parse, mlContext, console, cancellationToken));
        using var loaded = model;
        model.Workers = workers;
        if (rows is null)
        {
            CompleteOne(model, parse.GetRequiredValue(_prompt)!, console, cancellationToken);
            return;
        }

        string completion = "";
        foreach (var transformer in pipeline)
        {
            int columns = rows.Schema.Count;
            rows = transformer.Transform(rows);
            completion = transformer == model ? rows.Schema[columns].Name : completion;   // the first column that it adds
        }

        CompleteAll(model, rows, completion, parse.GetValue(_output), console, cancellationToken);
    }

    private static void CompleteOne(AsftTransformer model, string prompt, CommandConsole console, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var completion = console.Busy("completing", () => model.Complete([prompt], cancellationToken)[0], cancellationToken);
        double rate = completion.TokenIds.Count / watch.Elapsed.TotalSeconds;
        console.Result(new JsonObject { ["completion"] = completion.Text, ["tokens_per_second"] = rate }, completion.Text);
        if (console.ErrorIsTerminal)
        {
            console.Note($"({completion.TokenIds.Count} tokens, {rate:F0} tokens/s)");
        }
    }

    private static void CompleteAll(
        AsftTransformer model, IDataView rows, string completionColumn, string? output, CommandConsole console,
        CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var completions = output is not null
            ? console.Busy("completing", tell => WriteFile(output, writer => Write(writer, tell)), cancellationToken)
            : Write(console.Json ? TextWriter.Null : console.Out, _ => { });
        double seconds = watch.Elapsed.TotalSeconds;
        if (output is not null || console.Json)
        {
            double rate = completions.Sum(c => (long)model.Tokenizer.CountTokens((string)c!)) / seconds;
            console.Result(
                new JsonObject
                {
                    ["rows"] = completions.Count,
                    ["output"] = output,
                    ["completions"] = completions,
                    ["tokens_per_second"] = rate,
                },
                $"{completions.Count} rows completed at {rate:F0} tokens/s, written to {output}");
        }

        // Every worker reads all rows, and the first worker writes them.
        JsonArray WriteFile(string path, Func<TextWriter, JsonArray> write) =>
            model.Workers is { Rank: > 0 } ? write(TextWriter.Null) : AtomicFile.Write(path, write);

        JsonArray Write(TextWriter writer, Action<string> tell)
        {
            var written = new JsonArray();
            foreach (var row in DataViewRows.Read(rows))
            {
                cancellationToken.ThrowIfCancellationRequested();
                written.Add((string)row[completionColumn]!);
                writer.WriteLine(row.ToJsonString(JsonText.Options));
                tell($"{written.Count} rows completed");
            }

            return written;
        }
    }
}
