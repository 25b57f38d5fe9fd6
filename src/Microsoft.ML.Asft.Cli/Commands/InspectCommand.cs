using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Adapters;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Cli.Inspection;
using Microsoft.ML.Asft.Cli.Options;
using Microsoft.ML.Asft.Cli.Output;
using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Cli.Commands;

/// <summary><c>asft inspect</c>: the contents of a model, adapter or pipeline. It reads only headers.</summary>
internal sealed class InspectCommand : AsftCommand
{
    private readonly Argument<string> _path = new("path") { Description = "The folder of a model or an adapter, or a pipeline's zip file." };

    private readonly Option<bool> _estimate = SharedOptions.Flag(
        "--estimate", "Instead, estimate the memory and time of training the model on this machine, with rows of --max-length tokens.");

    private readonly Option<bool> _full = SharedOptions.Flag("--full", "Training will train every parameter instead of an adapter.");
    private readonly Option<int?> _threads = SharedOptions.Threads();
    private readonly BoundOptions<AsftOptions> _options;

    public InspectCommand()
        : base("inspect", "Shows the contents of a model, an adapter or a pipeline, or estimates the training of a model.")
    {
        Add(_path);
        Add(_estimate);
        _options = new BoundOptions<AsftOptions>(this);
        int others = Options.Count;
        _options.AddObjective();
        _options.AddRunSize();
        _options.Add("--max-length", "N", "The length of the rows in tokens.", o => o.MaxLength);
        _options.AddPrecision();
        Add(_full);
        Add(_threads);
        foreach (var option in Options.Skip(others))
        {
            this.Only(option, with: _estimate);
        }
    }

    public override IReadOnlyList<string> Examples =>
    [
        "inspect models/small", "inspect out", "inspect out/pipeline.zip --json", "inspect models/small --estimate --batch-size 8 --max-length 512 --dtype bfloat16",
    ];

    public override void Run(ParseResult parse, CommandConsole console, CancellationToken cancellationToken)
    {
        var facts = parse.GetValue(_estimate) ? Estimate(parse, console, cancellationToken) : Inspect(parse.GetRequiredValue(_path));
        console.Result(facts, NameValueTable.Of(facts));
    }

    private JsonObject Estimate(ParseResult parse, CommandConsole console, CancellationToken cancellationToken)
    {
        parse.ApplyThreads(_threads, Environment.ProcessorCount);
        var options = _options.Create(parse).WithAllLinear();
        options.ModelPath = parse.GetRequiredValue(_path);
        options.Lora = parse.GetValue(_full) ? null : options.Lora;
        var estimate = console.Busy("measuring this machine", () => console.CreateContext().Model.EstimateAsft(options.CheckFolders()), cancellationToken);
        return new JsonObject
        {
            ["peak_memory_mb"] = Mebibytes(estimate.PeakMemoryBytes),
            ["weights_mb"] = Mebibytes(estimate.WeightBytes),
            ["optimizer_mb"] = Mebibytes(estimate.OptimizerBytes),
            ["batch_mb"] = Mebibytes(estimate.BatchBytes),
            ["parameters"] = estimate.Parameters,
            ["trained_parameters"] = estimate.TrainedParameters,
            ["tokens_per_step"] = estimate.TokensPerStep,
            ["seconds_per_step"] = estimate.SecondsPerStep,
            ["steps"] = estimate.Steps,
            ["seconds"] = estimate.Seconds,
        };
    }

    private static double Mebibytes(long bytes) => Math.Round(bytes / 1048576.0, 1);

    private static JsonObject Inspect(string path)
    {
        if (File.Exists(path))
        {
            return PipelineFacts.Of(path);
        }

        if (File.Exists(Path.Combine(path, ModelConfig.FileName)))
        {
            return ModelFacts.Of(path);
        }

        if (File.Exists(Path.Combine(path, AdapterConfig.FileName)))
        {
            return AdapterFacts.Of(path);
        }

        throw new CommandException(Directory.Exists(path)
            ? $"'{path}' is neither the folder of a model (it has no {ModelConfig.FileName}) nor of an adapter (no {AdapterConfig.FileName})."
            : $"There is nothing at '{path}'. Name the folder of a model or an adapter, or a pipeline's zip file.");
    }
}
