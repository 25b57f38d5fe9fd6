using System.CommandLine;
using Microsoft.ML.Asft.Cli.Output;
using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Cli.Options;

/// <summary>The options that choose the model and how it is loaded: a folder with or without an adapter, or a saved pipeline.</summary>
internal sealed class ModelSource
{
    private readonly System.CommandLine.Command _command;
    private readonly BoundOptions<AsftOptions> _options;
    private readonly Option<string?> _pipeline = SharedOptions.Text("--pipeline", "FILE.zip", "An ML.NET model file that train saved.");

    public ModelSource(System.CommandLine.Command command)
    {
        _command = command;
        _options = new BoundOptions<AsftOptions>(command);
        var model = _options.AddModel();
        var adapter = _options.AddAdapter("The PEFT folder of the adapter to use.");
        command.Add(_pipeline);
        command.Add(Threads);
        var template = _options.AddTemplate();
        var precision = _options.AddPrecision();
        var device = _options.AddDevice();
        command.ExactlyOneOf(model, _pipeline);
        command.NeverWith(_pipeline, [adapter, template, .. precision, device]);
    }

    /// <summary>Gets the option with the number of threads.</summary>
    public Option<int?> Threads { get; } = SharedOptions.Threads();

    /// <summary>Adds options that a saved pipeline already contains, so they exclude <c>--pipeline</c>.</summary>
    public void Add(Func<BoundOptions<AsftOptions>, IEnumerable<Option>> add)
    {
        foreach (var option in add(_options))
        {
            _command.NeverWith(_pipeline, option);
        }
    }

    /// <summary>The options of the model in a folder; <see langword="null"/> for a saved pipeline, which contains its own.</summary>
    public AsftOptions? Options(ParseResult parse) => parse.GetValue(_pipeline) is null ? _options.Create(parse).CheckFolders() : null;

    /// <summary>Loads the model, and the other parts of a saved pipeline.</summary>
    /// <exception cref="CommandException">The pipeline does not exist, or it does not have exactly one model.</exception>
    public (AsftTransformer Model, IReadOnlyList<ITransformer> Pipeline) Load(
        ParseResult parse, MLContext mlContext, CommandConsole console, CancellationToken cancellationToken)
    {
        var options = Options(parse);
        var pipeline = console.Busy(
            "loading the model",
            () => options is null ? LoadPipeline(mlContext, parse.GetValue(_pipeline)!) : [mlContext.Model.LoadAsft(options)],
            cancellationToken);
        return (pipeline.OfType<AsftTransformer>().ToArray() is [var model] ? model : throw new CommandException(
            "The --pipeline has no ASFT transformer, or several. Give a file that train saved."), pipeline);
    }

    private static IReadOnlyList<ITransformer> LoadPipeline(MLContext mlContext, string file)
    {
        InputPaths.CheckPipeline(file);
        ITransformer pipeline;
        try
        {
            pipeline = mlContext.Model.Load(file, out _);
        }
        catch (Exception error)
        {
            throw new CommandException($"'{file}' cannot be loaded: {error.InnermostMessage().TrimEnd('.')}. Give a complete pipeline that train saved.", innerException: error);
        }

        ITransformer[] steps = pipeline is IEnumerable<ITransformer> chain ? [.. chain] : [pipeline];
        foreach (var model in steps.OfType<AsftTransformer>())
        {
            _ = model.Model;  // throws the reason if the base model could not be loaded
        }

        return steps;
    }
}
