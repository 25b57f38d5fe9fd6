using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Cli.Options;
using Microsoft.ML.Asft.Cli.Output;
using Microsoft.ML.Asft.Export;
using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Cli.Commands.Export;

/// <summary><c>asft export onnx</c>: a model for ONNX Runtime GenAI.</summary>
internal sealed class OnnxCommand : AsftCommand
{
    private readonly BoundOptions<AsftOptions> _model;
    private readonly BoundOptions<OnnxOptions> _options;
    private readonly Option<string?> _output = SharedOptions.Output("FOLDER", "The folder to write.").Required();

    public OnnxCommand()
        : base("onnx", "Writes a model as a folder for ONNX Runtime GenAI.")
    {
        _model = new BoundOptions<AsftOptions>(this);
        _options = new BoundOptions<OnnxOptions>(this);
        _model.AddModel().Required();
        _model.AddAdapter("The adapter's PEFT folder. It is merged into the model.");
        Add(_output);
        _options.AddChoice("--type", "The number format.", o => o.Type, ("f32", OnnxType.Float32), ("f16", OnnxType.Float16));
        _model.AddTemplate();
        _model.AddResizeEmbedding();
        _model.AddPrecision();
    }

    public override IReadOnlyList<string> Examples =>
    [
        "export onnx --model models/small --adapter out --output small-onnx",
        "export onnx --model models/small --adapter out --output small-onnx --type f16",
    ];

    public override void Run(ParseResult parse, CommandConsole console, CancellationToken cancellationToken)
    {
        var model = _model.Create(parse).CheckFolders();
        string output = parse.GetRequiredValue(_output)!;
        if (File.Exists(output))
        {
            throw new CommandException($"--output is '{output}', which is a file. Name a folder.", ExitCode.WrongUsage);
        }

        var mlContext = console.CreateContext();
        var result = console.Busy("exporting", () => Export(mlContext, model, _options.Create(parse), output), cancellationToken);
        foreach (string warning in result.Warnings)
        {
            console.Note($"warning: {warning}");
        }

        var json = new JsonObject
        {
            ["output"] = output,
            ["tensors"] = result.Tensors,
            ["bytes"] = result.Bytes,
            ["warnings"] = new JsonArray([.. result.Warnings.Select(warning => JsonValue.Create(warning))]),
        };
        console.Result(json, $"Written to {output}: {result.Tensors} tensors, {result.Bytes:N0} bytes.");
    }

    private static OnnxResult Export(MLContext mlContext, AsftOptions options, OnnxOptions onnx, string output)
    {
        using var model = mlContext.Model.LoadAsft(options);
        return model.ExportOnnx(output, onnx);
    }
}
