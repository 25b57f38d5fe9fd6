using System.CommandLine;
using Microsoft.ML.Asft.Cli.Options;
using Microsoft.ML.Asft.Export;

namespace Microsoft.ML.Asft.Cli.Commands.Export;

/// <summary><c>asft export onnx</c>: a model for ONNX Runtime GenAI.</summary>
internal sealed class OnnxCommand : FormatCommand
{
    private readonly BoundOptions<OnnxOptions> _options;

    public OnnxCommand()
        : base("onnx", "Writes a model as a folder for ONNX Runtime GenAI.", SharedOptions.Output("FOLDER", "The folder to write."), writesFolder: true)
    {
        _options = new BoundOptions<OnnxOptions>(this);
        _options.AddChoice("--type", "The number format.", o => o.Type, ("f32", OnnxType.Float32), ("f16", OnnxType.Float16));
    }

    public override IReadOnlyList<string> Examples =>
    [
        "export onnx --model models/small --adapter out --output small-onnx",
        "export onnx --model models/small --adapter out --output small-onnx --type f16",
    ];

    protected override (int Tensors, long Bytes, string? Modelfile, IReadOnlyList<string> Warnings) Export(
        AsftTransformer model, ParseResult parse, string output)
    {
        var result = model.ExportOnnx(output, _options.Create(parse));
        return (result.Tensors, result.Bytes, null, result.Warnings);
    }
}
