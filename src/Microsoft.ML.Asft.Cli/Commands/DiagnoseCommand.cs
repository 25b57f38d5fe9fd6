using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML.Asft.Cli.Options;
using Microsoft.ML.Asft.Cli.Output;
using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Cli.Commands;

/// <summary><c>asft diagnose</c>: what a model knows of the data, before training.</summary>
internal sealed class DiagnoseCommand : AsftCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonText.Options) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) } };

    private readonly BoundOptions<AsftOptions> _options;
    private readonly InputRows _data = InputRows.Demonstrations();
    private readonly InputRows _evalData = new(
        "--eval-data", "--eval-split", "Rows that training will be validated on, to find those that are in --data too");

    private readonly Option<string?> _report = SharedOptions.Text("--report", "FILE.html", "Also write the diagnosis as an HTML page to this file.");
    private readonly Option<bool> _full = SharedOptions.Flag("--full", "Training will train every parameter instead of an adapter.");
    private readonly Option<int?> _threads = SharedOptions.Threads();

    public DiagnoseCommand()
        : base("diagnose", "Says before training what the model knows of the data, which rows look wrong, and which objective suits.")
    {
        _options = new BoundOptions<AsftOptions>(this);
        _options.AddModel().Required();
        _data.Paths.Required();
        _data.AddTo(this);
        _evalData.AddTo(this);
        var fraction = _options.Add("--eval-fraction", "X", "The share of the rows that training will reserve for validation.", o => o.Validation.Fraction);
        this.NeverWith(_evalData.Paths, fraction);
        Add(_report);
        _options.Add("--reference-cache", "FILE", "Keep the hidden states in this file, so that asft train with the same options does not compute them again.", o => o.Reference.CachePath);
        _options.Add("--reference-cache-bytes", "N", "The maximum size of the hidden states in bytes.", o => o.Reference.CacheBytes);
        Add(_full);
        _options.AddRunSize();
        _options.AddResizeEmbedding();
        _options.AddColumns();
        _options.AddTemplate();
        _options.AddRowLimits();
        _options.AddTurns();
        _options.AddFlag("--train-on-prompt", "Train on every token, also those of the prompt.", o => o.Data.TrainOnPrompt);
        _options.AddPrecision();
        _options.Add("--seed", "N", "The seed for --eval-fraction. Without it: 42.", o => o.Seed);
        _options.AddDevice();
        Add(_threads);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "diagnose --model models/small --data train.jsonl",
        "diagnose --model models/small --data train.jsonl --eval-data heldout.jsonl --report diagnosis.html",
        "diagnose --model models/small --data train.jsonl --reference-cache train.cache --json",
    ];

    public override void Run(ParseResult parse, CommandConsole console, CancellationToken cancellationToken)
    {
        parse.ApplyThreads(_threads, Environment.ProcessorCount);
        var mlContext = console.CreateContext();
        var options = _options.Create(parse).CheckFolders();
        options.CancellationToken = cancellationToken;
        options.Lora = parse.GetValue(_full) ? null : options.WithAllLinear().Lora;
        options.Validation.Data = _evalData.Load(parse, mlContext, options.Data.InvalidRows);
        var rows = _data.Load(parse, mlContext, options.Data.InvalidRows)!;
        var diagnosis = console.Busy("diagnosing", () => mlContext.Model.DiagnoseAsft(rows, options), cancellationToken);
        if (parse.GetValue(_report) is { } report)
        {
            diagnosis.WriteReport(report, $"{_data.Describe(parse)} for {options.ModelPath}");
        }

        console.Result(JsonSerializer.SerializeToNode(diagnosis, Json)!.AsObject(), diagnosis.ToString());
    }
}
