using System.CommandLine;
using Microsoft.ML.Asft.Cli.Options;
using Microsoft.ML.Asft.Export;

namespace Microsoft.ML.Asft.Cli.Commands.Export;

/// <summary><c>asft export gguf</c>: a model, or only its adapter, for llama.cpp and programs built on it.</summary>
internal sealed class GgufCommand : FormatCommand
{
    private readonly BoundOptions<GgufOptions> _options;

    public GgufCommand()
        : base(
            "gguf", "Writes a model, or only its adapter, for llama.cpp, LLamaSharp, Ollama and LM Studio.",
            SharedOptions.Output("FILE.gguf", "The file to write."), writesFolder: false)
    {
        _options = new BoundOptions<GgufOptions>(this);
        _options.AddChoice(
            "--type", "The number format of the matrices. Without it: bf16, or f32 with --adapter-only.", o => o.Type,
            ("f32", GgufType.Float32), ("f16", GgufType.Float16), ("bf16", GgufType.BFloat16), ("q8_0", GgufType.Q8_0));
        var adapterOnly = _options.AddFlag(
            "--adapter-only", "Write only the adapter, for use with the base model's own GGUF file.", o => o.AdapterOnly);
        _options.AddFlag("--modelfile", "Also write Ollama's Modelfile into the same folder.", o => o.Modelfile);
        _options.Add("--name", "NAME", "The model's name in the file. Without it: the name of its folder.", o => o.Name);
        this.Only(adapterOnly, with: Adapter);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "export gguf --model models/small --adapter out --output small.gguf",
        "export gguf --model models/small --adapter out --output small.gguf --type q8_0 --modelfile",
        "export gguf --model models/small --adapter out --adapter-only --output adapter.gguf",
    ];

    protected override (int Tensors, long Bytes, string? Modelfile, IReadOnlyList<string> Warnings) Export(
        AsftTransformer model, ParseResult parse, string output)
    {
        var result = model.ExportGguf(output, _options.Create(parse));
        return (result.Tensors, result.Bytes, result.Modelfile, result.Warnings);
    }
}
