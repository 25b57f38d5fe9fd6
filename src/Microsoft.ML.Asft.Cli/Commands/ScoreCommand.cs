using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Cli.Options;
using Microsoft.ML.Asft.Cli.Output;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Cli.Commands;

/// <summary><c>asft score</c>: the losses of a model on demonstrations, and its KL divergence to the base.</summary>
internal sealed class ScoreCommand : AsftCommand
{
    private readonly BoundOptions<AsftOptions> _options;
    private readonly InputRows _data = InputRows.Demonstrations();
    private readonly Option<int?> _threads = SharedOptions.Threads();
    private readonly WorkersOption _workers;

    public ScoreCommand()
        : base("score", "Measures a model on demonstrations: losses, KL to its base, perplexity.")
    {
        _options = new BoundOptions<AsftOptions>(this);
        _options.AddModel().Required();
        _data.Paths.Required();
        _data.AddTo(this);
        _options.AddAdapter("The PEFT folder of the adapter to measure. Without it: the model alone.");
        _options.AddObjective();
        _options.Add("--batch-size", "N", "Rows in one forward pass.", o => o.BatchSize);
        _options.AddResizeEmbedding();
        _options.AddColumns();
        _options.AddTemplate();
        _options.AddRowLimits();
        _options.AddTurns();
        _options.AddPrecision();
        _options.AddDevice();
        Add(_threads);
        _workers = new WorkersOption(this, _threads, _data.Paths);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "score --model models/small --data heldout.jsonl",
        "score --model models/small --adapter out --data heldout.jsonl --json",
        "score --model models/small --adapter out --data heldout.jsonl --objective iw-sft",
    ];

    public override void Run(ParseResult parse, CommandConsole console, CancellationToken cancellationToken) =>
        _workers.Run(parse, workers => Run(parse, console, workers, cancellationToken));

    private void Run(ParseResult parse, CommandConsole console, IWorkerGroup? workers, CancellationToken cancellationToken)
    {
        var mlContext = console.CreateContext();
        var (options, rows) = workers.RunOnAll(() =>
        {
            var options = _options.Create(parse).CheckFolders();
            (options.CancellationToken, options.Runtime.Workers) = (cancellationToken, workers);
            return (options, _data.Load(parse, mlContext, options.Data.InvalidRows)!);
        });
        var metrics = console.Busy("scoring", () => Evaluate(mlContext, options, rows), cancellationToken);
        console.Result(
            new JsonObject
            {
                ["tokens"] = metrics.Tokens,
                ["kl"] = JsonText.Number(metrics.Kl),
                ["sft"] = JsonText.Number(metrics.Sft),
                ["dft"] = JsonText.Number(metrics.Dft),
                ["sft+kl"] = JsonText.Number(metrics.SftKl),
                ["asft"] = JsonText.Number(metrics.Asft),
                ["loss"] = JsonText.Number(metrics.Loss),
                ["perplexity"] = JsonText.Number(metrics.Perplexity),
                ["token_accuracy"] = JsonText.Number(metrics.TokenAccuracy),
            },
            Table(metrics));
    }

    private static AsftMetrics Evaluate(MLContext mlContext, AsftOptions options, IDataView rows)
    {
        using var model = options.Runtime.Workers.RunOnAll(() => mlContext.Model.LoadAsft(options));
        return model.Evaluate(rows);
    }

    private static string Table(AsftMetrics metrics) => NameValueTable.Of(
    [
        ("labelled tokens", $"{metrics.Tokens}"),
        ("sft", $"{metrics.Sft:F6}"),
        ("dft", $"{metrics.Dft:F6}"),
        ("sft+kl", $"{metrics.SftKl:F6}"),
        ("asft", $"{metrics.Asft:F6}"),
        ("loss of the objective", $"{metrics.Loss:F6}"),
        ("KL to the base model", $"{metrics.Kl:F6}"),
        ("perplexity", $"{metrics.Perplexity:F4}"),
        ("token accuracy", $"{metrics.TokenAccuracy:P1}"),
    ]);
}
