using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Cli.Options;
using Microsoft.ML.Asft.Cli.Output;

namespace Microsoft.ML.Asft.Cli.Commands;

/// <summary><c>asft generate</c>: completes one prompt, or a column of them.</summary>
internal sealed class GenerateCommand : AsftCommand
{
    private readonly BoundOptions<AsftOptions> _options;
    private readonly Option<string?> _model;
    private readonly Option<string?> _pipeline = SharedOptions.Text("--pipeline", "FILE.zip", "An ML.NET model file, as train saves it.");
    private readonly Option<string?> _prompt = SharedOptions.Text("--prompt", "TEXT", "The prompt to complete.");
    private readonly Option<string?> _data = SharedOptions.Text("--data", "FILE", "JSON Lines with prompts; - is standard input.");
    private readonly Option<string?> _output =
        SharedOptions.Output("FILE", "Where the rows go, each with its completion. Without it: to standard output.");

    private readonly Option<int?> _threads = SharedOptions.Threads();

    public GenerateCommand()
        : base("generate", "Completes prompts.")
    {
        _options = new BoundOptions<AsftOptions>(this);
        _model = _options.AddModel();
        var adapter = _options.AddAdapter("The adapter to use, a PEFT folder.");
        Add(_pipeline);
        Add(_prompt);
        Add(_data);
        Add(_output);
        var maxNewTokens = _options.Add("--max-new-tokens", "N", "The most tokens that a completion gets.", o => o.Generation.MaxNewTokens);
        var batchSize = _options.Add("--batch-size", "N", "Prompts completed at once.", o => o.Generation.BatchSize);
        var column = _options.Add("--prompt-column", "NAME", "The field with the prompt.", o => o.PromptColumnName);
        var template = _options.AddTemplate();
        var precision = _options.AddPrecision();
        var device = _options.AddDevice();
        Add(_threads);
        this.ExactlyOneOf(_model, _pipeline);
        this.ExactlyOneOf(_prompt, _data);
        this.Only(_output, with: _data);
        this.NeverWith(_pipeline, adapter, maxNewTokens, batchSize, column, template, precision, device);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "generate --pipeline out/pipeline.zip --prompt \"What is 17 + 25?\"",
        "generate --model models/small --adapter out --prompt \"What is 17 + 25?\" --max-new-tokens 64",
        "generate --model models/small --data questions.jsonl --output answers.jsonl",
    ];

    public override void Run(ParseResult parse, CommandConsole console, CancellationToken cancellationToken)
    {
        parse.ApplyThreads(_threads);
        var mlContext = console.CreateContext();
        var options = parse.GetValue(_pipeline) is null ? _options.Create(parse).CheckFolders() : null;
        var rows = parse.GetValue(_data) is not { } data ? null
            : options is null ? InputRows.Load(mlContext, data)
            : InputRows.Load(mlContext, data, options, withResponse: false);
        var pipeline = console.Busy(
            "loading the model",
            () => options is null ? LoadPipeline(mlContext, parse.GetValue(_pipeline)!) : [mlContext.Model.LoadAsft(options)],
            cancellationToken);
        using var model = pipeline.OfType<AsftTransformer>().SingleOrDefault()
            ?? throw new CommandException("The --pipeline has no ASFT transformer, or several; give one that train saved.");
        if (rows is null)
        {
            CompleteOne(model, parse.GetRequiredValue(_prompt)!, console, cancellationToken);
            return;
        }

        string completion = "";
        foreach (var transformer in pipeline)
        {
            rows = transformer.Transform(rows);
            completion = transformer == model ? rows.Schema[^1].Name : completion;
        }

        CompleteAll(model, rows, completion, parse.GetValue(_output), console, cancellationToken);
    }

    private static IReadOnlyList<ITransformer> LoadPipeline(MLContext mlContext, string file)
    {
        InputPaths.CheckPipeline(file);
        var pipeline = mlContext.Model.Load(file, out _);
        return pipeline is IEnumerable<ITransformer> chain ? [.. chain] : [pipeline];
    }

    private static void CompleteOne(AsftTransformer model, string prompt, CommandConsole console, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var completion = console.Busy("completing", () => model.Complete([prompt], cancellationToken)[0], cancellationToken);
        double rate = completion.TokenIds.Count / watch.Elapsed.TotalSeconds;
        console.Result(new JsonObject { ["completion"] = completion.Text, ["tokens_per_second"] = rate }, completion.Text);
        if (console.ErrorIsTerminal)
        {
            console.Note($"({completion.TokenIds.Count} tokens, {rate:F0} a second)");
        }
    }

    private static void CompleteAll(
        AsftTransformer model, IDataView rows, string completionColumn, string? output, CommandConsole console,
        CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var completions = output is not null
            ? console.Busy("completing", tell => WholeFile.Write(output, writer => Write(writer, tell)), cancellationToken)
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
