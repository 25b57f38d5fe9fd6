using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Cli.Options;
using Microsoft.ML.Asft.Cli.Output;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Tokenization;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Cli.Commands;

/// <summary><c>asft init</c>: a new model folder with random weights.</summary>
internal sealed class InitCommand : AsftCommand
{
    private readonly Option<string?> _output = SharedOptions.Output("DIR", "The folder for the new model.").Required();
    private readonly Option<string?> _tokenizer =
        SharedOptions.Text("--tokenizer", "DIR", "The folder with the tokenizer's files. They are copied.").Required();

    private readonly ModelShapeOptions _shape;
    private readonly Option<int> _seed = new("--seed")
    {
        HelpName = "N", Description = "The seed of the weights.", DefaultValueFactory = _ => 42,
    };

    private readonly Option<string> _dtype = new("--dtype")
    {
        HelpName = "float32|bfloat16", Description = "The number format of the weights.", DefaultValueFactory = _ => "float32",
    };

    public InitCommand()
        : base("init", "Makes a new model folder with random weights.")
    {
        Add(_output);
        Add(_tokenizer);
        _shape = new ModelShapeOptions(this);
        Add(_seed);
        Add(_dtype.OneOf("float32", "bfloat16"));
    }

    public override IReadOnlyList<string> Examples =>
    [
        "init --preset tiny --tokenizer models/small --output models/tiny",
        "init --preset 135m --arch llama --tokenizer models/small --output models/new --dtype bfloat16",
        "init --hidden-size 256 --layers 6 --heads 8 --intermediate-size 704 --tie --tokenizer models/small --output models/new",
    ];

    public override void Run(ParseResult parse, CommandConsole console, CancellationToken cancellationToken)
    {
        string folder = parse.GetRequiredValue(_tokenizer)!;
        string output = parse.GetRequiredValue(_output)!;
        if (!Directory.Exists(folder))
        {
            throw new CommandException($"There is no folder '{folder}'. --tokenizer must name a folder with a tokenizer.json.");
        }

        if (File.Exists(Path.Combine(output, ModelConfig.FileName)))
        {
            throw new CommandException($"There is already a model in '{output}'. Remove it, or name another --output.");
        }

        var dtype = parse.GetRequiredValue(_dtype) == "bfloat16" ? ScalarType.BFloat16 : ScalarType.Float32;
        var config = _shape.Create(parse, HuggingFaceTokenizer.Load(folder)) with { TorchDtype = dtype };
        long parameters = console.Busy(
            "initializing", () => ModelInitializer.Initialize(config, folder, output, parse.GetValue(_seed), dtype), cancellationToken);
        console.Result(
            new JsonObject { ["parameters"] = parameters, ["output"] = output },
            $"{output}: {config.ModelType}, {parameters:N0} parameters, {config.VocabSize:N0} tokens");
    }
}
