using Microsoft.ML.Asft.Cli.Options;
using Microsoft.ML.Asft.Cli.Output;
using Microsoft.ML.Asft.Evaluation.Runs;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Cli.Commands.Evaluate;

/// <summary>One run of <c>asft evaluate</c>: loads models when they are needed and shows the progress.</summary>
internal sealed class EvaluationRun<TOptions>(
    CommandConsole console, AsftOptions model, string data, string? output, IWorkerGroup? workers, Func<MLContext, TOptions> options,
    CancellationToken cancellationToken)
    where TOptions : EvaluationOptions
{
    private IDataView? _rows;

    public MLContext MLContext { get; } = console.CreateContext();

    /// <summary>Gets the file of <c>--data</c>.</summary>
    public string Data => data;

    /// <summary>Gets the run's folder.</summary>
    public string? Output => output;

    /// <summary>Gets the workers that evaluate together; <see langword="null"/> if this process works alone.</summary>
    public IWorkerGroup? Workers => workers;

    public IDataView Rows => _rows ??= workers.RunOnAll(() => InputRows.Load(MLContext, [data]));

    /// <summary>Evaluates the model.</summary>
    public TMetrics Measure<TMetrics>(Func<AsftTransformer, TOptions, TMetrics> evaluate) => Measure(model, output, "", evaluate);

    /// <summary>Evaluates the model that <c>--compare</c> names, unless it names a finished run.</summary>
    public TMetrics MeasureBase<TMetrics>(
        string compare, Func<AsftTransformer, TOptions, TMetrics> evaluate, Func<string, TMetrics> load) =>
        IsRun(compare)
            ? workers.RunOnAll(() => load(compare))
            : Measure(workers.RunOnAll(() => BaseOptions(compare)), output is null ? null : Path.Combine(output, "base"), "base: ", evaluate);

    /// <summary>Loads the model that <c>--compare</c> names.</summary>
    public AsftTransformer LoadBase(string compare) => Load(workers.RunOnAll(() => BaseOptions(compare)), "loading the base");

    private AsftTransformer Load(AsftOptions of, string what) =>
        console.Busy(what, () => workers.RunOnAll(() => MLContext.Model.LoadAsft(of)), cancellationToken);

    // The first worker looks, and the others get its answer.
    private bool IsRun(string compare)
    {
        Span<byte> isRun = [File.Exists(Path.Combine(compare, "items.jsonl")) ? (byte)1 : (byte)0];
        workers?.Broadcast(isRun);
        return isRun[0] == 1;
    }

    private TMetrics Measure<TMetrics>(AsftOptions of, string? folder, string prefix, Func<AsftTransformer, TOptions, TMetrics> evaluate)
    {
        using var transformer = Load(of, $"{prefix}loading the model");
        return EvaluationDisplay.Show(
            console,
            prefix,
            progress =>
            {
                var settings = options(MLContext);
                settings.OutputFolder = folder;
                settings.Progress = progress;
                return evaluate(transformer, settings);
            },
            cancellationToken);
    }

    // The folder of a model, or of an adapter for the same model.
    private AsftOptions BaseOptions(string compare)
    {
        bool isAdapter = File.Exists(Path.Combine(compare, "adapter_config.json"));
        if (!isAdapter && !File.Exists(Path.Combine(compare, "config.json")))
        {
            throw new CommandException(
                $"--compare is '{compare}', which is not the folder of a model (config.json), an adapter (adapter_config.json) or a run (items.jsonl).");
        }

        return new AsftOptions
        {
            ModelPath = isAdapter ? model.ModelPath : compare,
            AdapterPath = isAdapter ? compare : null,
            Runtime =
            {
                Precision = model.Runtime.Precision,
                Quantization = model.Runtime.Quantization,
                DoubleQuantization = model.Runtime.DoubleQuantization,
                Device = model.Runtime.Device,
            },
            Template = model.Template,
            Data = { PromptColumnName = model.Data.PromptColumnName, ResponseColumnName = model.Data.ResponseColumnName },
        };
    }
}
