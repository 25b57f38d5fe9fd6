using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Cli.Options;
using Microsoft.ML.Asft.Cli.Output;
using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Cli.Commands;

/// <summary><c>asft merge</c>: writes a base model and its adapter as one plain model folder.</summary>
internal sealed class MergeCommand : AsftCommand
{
    private readonly BoundOptions<AsftOptions> _options;
    private readonly Option<string?> _output = SharedOptions.Output("DIR", "The folder for the merged model.").Required();

    public MergeCommand()
        : base("merge", "Writes a base model and its adapter as one plain model folder.")
    {
        _options = new BoundOptions<AsftOptions>(this);
        _options.AddModel().Required();
        _options.AddAdapter("The PEFT folder of the adapter to merge.").Required();
        Add(_output);
        _options.AddResizeEmbedding();
        _options.AddFilePrecision();
    }

    public override IReadOnlyList<string> Examples =>
    [
        "merge --model models/small --adapter out --output merged",
        "merge --model models/small --adapter out --output merged --dtype bfloat16",
    ];

    public override void Run(ParseResult parse, CommandConsole console, CancellationToken cancellationToken)
    {
        var options = _options.Create(parse).CheckFolders().WithFilePrecision();
        string output = parse.GetRequiredValue(_output)!;
        if (Path.GetFullPath(output) == Path.GetFullPath(options.ModelPath!))
        {
            throw new CommandException(
                "--output is the folder of --model. Name another folder, to keep the base model.", ExitCode.WrongUsage);
        }

        var mlContext = console.CreateContext();
        console.Busy("merging", () => Merge(mlContext, options, output), cancellationToken);
        console.Result(new JsonObject { ["output"] = output }, $"Written to {output}.");
    }

    private static bool Merge(MLContext mlContext, AsftOptions options, string output)
    {
        using var model = mlContext.Model.LoadAsft(options);
        model.SaveModel(output);
        return true;
    }
}
