using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Cli.Options;
using Microsoft.ML.Asft.Cli.Output;
using Microsoft.ML.Asft.Evaluation.Runs;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Cli.Commands.Evaluate;

/// <summary>An evaluation of a model, and of a second model to compare it with.</summary>
internal abstract class ModelEvaluationCommand<TOptions> : AsftCommand
    where TOptions : EvaluationOptions, new()
{
    private readonly Option<string?> _data;
    private readonly Option<int?> _threads = SharedOptions.Threads();
    private readonly WorkersOption _workers;

    protected ModelEvaluationCommand(string name, string description, string data, string compare)
        : base(name, description)
    {
        Model = new BoundOptions<AsftOptions>(this);
        Evaluation = new BoundOptions<TOptions>(this);
        Model.AddModel().Required();
        Model.AddAdapter("The adapter to measure, a PEFT folder. Without it: the model alone.");
        _data = SharedOptions.Text("--data", "FILE", data).Required();
        Add(_data);
        Add(OutputOption);
        Compare = SharedOptions.Text("--compare", "BASE", compare);
        Add(Compare);
        Evaluation.Add("--limit", "N", "Take only the first N rows. Without it: all.", o => o.MaxItems);
        Evaluation.Add("--batch-size", "N", "Rows in one forward pass.", o => o.BatchSize);
        Evaluation.Add("--seed", "N", "The seed of all random choices.", o => o.Seed);
        Model.AddPrecision();
        Model.AddDevice();
        Add(_threads);
        _workers = new WorkersOption(this, _threads, _data);
    }

    protected Option<string?> OutputOption { get; } =
        SharedOptions.Output("DIR", "The run's folder: a line for each item, and the report. A stopped run resumes from it.");

    protected BoundOptions<AsftOptions> Model { get; }

    protected BoundOptions<TOptions> Evaluation { get; }

    protected Option<string?> Compare { get; }

    public sealed override void Run(ParseResult parse, CommandConsole console, CancellationToken cancellationToken) =>
        _workers.Run(parse, workers => Run(parse, console, workers, cancellationToken));

    private void Run(ParseResult parse, CommandConsole console, IWorkerGroup? workers, CancellationToken cancellationToken)
    {
        var modelOptions = workers.RunOnAll(() => Model.Create(parse).CheckFolders());
        string? output = parse.GetValue(OutputOption);
        var run = new EvaluationRun<TOptions>(
            console, modelOptions, parse.GetRequiredValue(_data)!, output, workers, Options, cancellationToken);
        var report = Evaluate(run, parse.GetValue(Compare));
        if (output is not null)
        {
            report.Json["output"] = output;
            workers.RunOnFirst(() => AtomicFile.Write(Path.Combine(output, "report.json"), writer =>
            {
                writer.WriteLine(report.Json.ToJsonString(JsonText.Indented));
                return true;
            }));
        }

        console.Result(report.Json, report.Text);

        TOptions Options(MLContext mlContext)
        {
            var options = Evaluation.Create(parse);
            (options.CancellationToken, options.Workers) = (cancellationToken, workers);
            Configure(parse, mlContext, options);
            return options;
        }
    }

    /// <summary>Sets the options that are not a property of the library's options.</summary>
    protected virtual void Configure(ParseResult parse, MLContext mlContext, TOptions options)
    {
    }

    /// <summary>Runs the evaluation and reports the result.</summary>
    protected abstract (JsonObject Json, string Text) Evaluate(EvaluationRun<TOptions> run, string? compare);
}
