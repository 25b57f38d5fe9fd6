using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Cli.Options;
using Microsoft.ML.Asft.Cli.Output;
using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Cli.Commands.Export;

/// <summary>A command that writes a model in one format: loads it, exports it, and prints the result.</summary>
internal abstract class FormatCommand : AsftCommand
{
    private readonly BoundOptions<AsftOptions> _model;
    private readonly Option<string?> _output;
    private readonly bool _writesFolder;

    protected FormatCommand(string name, string description, Option<string?> output, bool writesFolder)
        : base(name, description)
    {
        (_model, _output, _writesFolder) = (new BoundOptions<AsftOptions>(this), output.Required(), writesFolder);
        _model.AddModel().Required();
        Adapter = _model.AddAdapter("The adapter's PEFT folder. It is merged into the model.");
        Add(_output);
        _model.AddTemplate();
        _model.AddResizeEmbedding();
        _model.AddFilePrecision();
    }

    protected Option<string?> Adapter { get; }

    protected abstract (int Tensors, long Bytes, string? Modelfile, IReadOnlyList<string> Warnings) Export(
        AsftTransformer model, ParseResult parse, string output);

    public override void Run(ParseResult parse, CommandConsole console, CancellationToken cancellationToken)
    {
        var options = _model.Create(parse).CheckFolders().WithFilePrecision();
        string output = parse.GetRequiredValue(_output)!;
        if (_writesFolder ? File.Exists(output) : Directory.Exists(output))
        {
            throw new CommandException(
                $"--output is '{output}', which is {(_writesFolder ? "a file. Name a folder" : "a folder. Name a file in it")}.", ExitCode.WrongUsage);
        }

        var mlContext = console.CreateContext();
        var (tensors, bytes, modelfile, warnings) = console.Busy(
            "exporting",
            () =>
            {
                using var model = mlContext.Model.LoadAsft(options);
                return Export(model, parse, output);
            },
            cancellationToken);
        foreach (string warning in warnings)
        {
            console.Note($"warning: {warning}");
        }

        var json = new JsonObject { ["output"] = output, ["tensors"] = tensors, ["bytes"] = bytes };
        if (modelfile is not null)
        {
            json["modelfile"] = modelfile;
        }

        json["warnings"] = new JsonArray([.. warnings.Select(warning => JsonValue.Create(warning))]);
        console.Result(json, $"Written to {output}: {tensors} tensors, {bytes:N0} bytes.");
    }
}
