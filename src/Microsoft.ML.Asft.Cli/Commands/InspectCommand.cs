using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Adapters;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Cli.Inspection;
using Microsoft.ML.Asft.Cli.Output;

namespace Microsoft.ML.Asft.Cli.Commands;

/// <summary><c>asft inspect</c>: what is in a model, adapter or pipeline, from its headers alone.</summary>
internal sealed class InspectCommand : AsftCommand
{
    private readonly Argument<string> _path = new("path") { Description = "A model's or an adapter's folder, or a pipeline's zip file." };

    public InspectCommand()
        : base("inspect", "Shows what is in a model, an adapter or a pipeline.")
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
            ? $"'{path}' is neither a model's folder (it has no {ModelConfig.FileName}) nor an adapter's (no {AdapterConfig.FileName})."
            : $"There is nothing at '{path}'. Name a model's folder, an adapter's folder or a pipeline's zip file.");
    }
}
