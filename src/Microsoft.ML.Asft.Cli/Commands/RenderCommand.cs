using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Cli.Options;
using Microsoft.ML.Asft.Cli.Output;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Templates;

namespace Microsoft.ML.Asft.Cli.Commands;

/// <summary><c>asft render</c>: renders messages with a template, one line for each conversation.</summary>
internal sealed class RenderCommand : AsftCommand
{
    private readonly BoundOptions<AsftOptions> _options;

    public RenderCommand()
        : base("render", "Renders messages as the prompt that the model gets: JSON Lines on standard input.")
    {
        _options = new BoundOptions<AsftOptions>(this);
        _options.AddModel().Required();
        _options.AddTemplate();
    }

    public override IReadOnlyList<string> Examples =>
    [
        "render --model models/small <<< '{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}], \"add_generation_prompt\": true}'",
        "render --model models/small --template alpaca < conversations.jsonl",
    ];

    public override void Run(ParseResult parse, CommandConsole console, CancellationToken cancellationToken)
    {
        var options = _options.Create(parse).CheckFolders();
        var template = PromptTemplate.Create(options.Template, options.ModelPath);
        JsonLines.Map(console, cancellationToken, line =>
        {
            var conversation = new Conversation(PromptMessage.ListFromJson(line.Require<JsonArray>("messages").ToJsonString()))
            {
                Tools = line.Get<JsonArray>("tools"),
                TemplateArguments = TemplateArguments(line),
            };
            return new JsonObject { ["text"] = template.RenderText(conversation, line.Get<bool>("add_generation_prompt")) };
        });
    }

    // The other arguments of transformers' apply_chat_template.
    private static JsonObject? TemplateArguments(JsonLines.Line line)
    {
        var arguments = line.Get<JsonObject>("chat_template_kwargs");
        if (line.Get<JsonArray>("documents") is { } documents)
        {
            arguments ??= [];
            arguments["documents"] = documents;
        }

        return arguments;
    }
}
