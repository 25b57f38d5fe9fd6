using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Cli.Options;
using Microsoft.ML.Asft.Cli.Output;
using Microsoft.ML.Asft.Export;
using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Cli.Commands.Export;

/// <summary><c>asft export gguf</c>: a model, or only its adapter, for llama.cpp and programs built on it.</summary>
internal sealed class GgufCommand : AsftCommand
{
    private readonly BoundOptions<AsftOptions> _model;
    private readonly BoundOptions<GgufOptions> _options;
    private readonly Option<string?> _output = SharedOptions.Output("FILE.gguf", "The file to write.").Required();

    public GgufCommand()
        : base("gguf", "Writes a model, or only its adapter, for llama.cpp, LLamaSharp, Ollama and LM Studio.")
    {
        _model = new BoundOptions<AsftOptions>(this);
        _options = new BoundOptions<GgufOptions>(this);
        _model.AddModel().Required();
        var adapter = _model.AddAdapter("The adapter's PEFT folder. It is merged into the model.");
        Add(_output);
        _options.AddChoice(
            "--type", "The number format of the matrices. Without it: bf16, or f32 with --adapter-only.", o => o.Type,
            ("f32", GgufType.Float32), ("f16", GgufType.Float16), ("bf16", GgufType.BFloat16), ("q8_0", GgufType.Q8_0));
        var adapterOnly = _options.AddFlag(
            "--adapter-only", "Write only the adapter, for use with the base model's own GGUF file.", o => o.AdapterOnly);
        _options.AddFlag("--modelfile", "Also write Ollama's Modelfile into the same folder.", o => o.Modelfile);
        _options.Add("--name", "NAME", "The model's name in the file. Without it: the name of its folder.", o => o.Name);
        _model.AddTemplate();
        _model.AddResizeEmbedding();
        _model.AddPrecision();
        this.Only(adapterOnly, with: adapter);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "export gguf --model models/small --adapter out --output small.gguf",
        "export gguf --model models/small --adapter out --output small.gguf --type q8_0 --modelfile",
        "export gguf --model models/small --adapter out --adapter-only --output adapter.gguf",
    ];

    public override void Run(ParseResult parse, CommandConsole console, CancellationToken cancellationToken)
    {
        var model = _model.Create(parse).CheckFolders();
        string output = parse.GetRequiredValue(_output)!;
        if (Directory.Exists(output))
        {
            throw new CommandException($"--output is '{output}', which is a folder. Name a file in it.", ExitCode.WrongUsage);
        }

        var mlContext = console.CreateContext();
        var result = console.Busy("exporting", () => Export(mlContext, model, _options.Create(parse), output), cancellationToken);
        foreach (string warning in result.Warnings)
        {
            console.Note($"warning: {warning}");
        }

        var json = new JsonObject { ["output"] = output, ["tensors"] = result.Tensors, ["bytes"] = result.Bytes };
        if (result.Modelfile is { } modelfile)
        {
            json["modelfile"] = modelfile;
        }

        json["warnings"] = new JsonArray([.. result.Warnings.Select(warning => JsonValue.Create(warning))]);
        console.Result(json, $"Written to {output}: {result.Tensors} tensors, {result.Bytes:N0} bytes.");
    }

    private static GgufResult Export(MLContext mlContext, AsftOptions options, GgufOptions gguf, string output)
    {
        using var model = mlContext.Model.LoadAsft(options);
        return model.ExportGguf(output, gguf);
    }
}
