using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Adapters;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Cli.Inspection;
using Microsoft.ML.Asft.Cli.Output;

namespace Microsoft.ML.Asft.Cli.Commands;

/// <summary><c>asft inspect</c>: the contents of a model, adapter or pipeline. It reads only headers.</summary>
internal sealed class InspectCommand : AsftCommand
{
    private readonly Argument<string> _path = new("path") { Description = "The folder of a model or an adapter, or a pipeline's zip file." };

    public InspectCommand()
        : base("inspect", "Shows the contents of a model, an adapter or a pipeline.")
    {
        Add(_path);
    }

    public override IReadOnlyList<string> Examples => ["inspect models/small", "inspect out", "inspect out/pipeline.zip --json"];

    public override void Run(ParseResult parse, CommandConsole console, CancellationToken cancellationToken)
    {
        var facts = Inspect(parse.GetRequiredValue(_path));
        console.Result(facts, NameValueTable.Of(facts));
    }

    private static JsonObject Inspect(string path)
    {
        if (File.Exists(path))
        {
            return PipelineFacts.Of(path);
        }

        if (File.Exists(Path.Combine(path, ModelConfig.FileName)))
        {
            return ModelFacts.Of(path);
        }

        if (File.Exists(Path.Combine(path, AdapterConfig.FileName)))
        {
            return AdapterFacts.Of(path);
        }

        throw new CommandException(Directory.Exists(path)
            ? $"'{path}' is neither the folder of a model (it has no {ModelConfig.FileName}) nor of an adapter (no {AdapterConfig.FileName})."
            : $"There is nothing at '{path}'. Name the folder of a model or an adapter, or a pipeline's zip file.");
    }
}
