// Renders many conversations with many chat templates in one process, for compare_templates.py: a line of JSON in, one out.
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Templates;

string folder = Directory.CreateTempSubdirectory("asft-templates-").FullName;
var templates = new Dictionary<string, PromptTemplate>();
try
{
    while (Console.In.ReadLine() is { } line)
    {
        Console.Out.WriteLine(Answer(JsonNode.Parse(line)!.AsObject()).ToJsonString());
    }
}
finally
{
    Directory.Delete(folder, recursive: true);
}

JsonObject Answer(JsonObject request)
{
    try
    {
        PromptTemplate template = Template((string)request["template"]!, request["tokens"]!.AsObject());
        var conversation = new Conversation(PromptMessage.ListFromJson(request["messages"]!.ToJsonString()))
        {
            Tools = request["tools"]?.DeepClone().AsArray(),
            TemplateArguments = request["kwargs"]?.DeepClone().AsObject(),
        };
        bool isPrompt = (bool)request["add_generation_prompt"]!;
        var answer = new JsonObject { ["text"] = template.RenderText(conversation, isPrompt) };
        if (!isPrompt)
        {
            AddSpans(answer, template, conversation);
        }
        return answer;
    }
    catch (Exception error) when (error is InvalidDataException or NotSupportedException or JsonException)
    {
        return new JsonObject { ["error"] = error.Message, ["unsupported"] = error is NotSupportedException };
    }
}

static void AddSpans(JsonObject answer, PromptTemplate template, Conversation conversation)
{
    try
    {
        var spans = new JsonArray();
        int at = 0;
        foreach (PromptSegment segment in template.Render(conversation, addGenerationPrompt: false))
        {
            if (segment.IsTrained)
            {
                spans.Add(new JsonArray(at, at + segment.Text.Length));
            }
            at += segment.Text.Length;
        }
        answer["spans"] = spans;
        answer["end"] = template.EndOfTurn;
    }
    catch (InvalidDataException error)
    {
        answer["refused"] = error.Message;
    }
}

PromptTemplate Template(string file, JsonObject tokens)
{
    if (!templates.TryGetValue(file, out PromptTemplate? template))
    {
        File.Copy(file, Path.Combine(folder, "chat_template.jinja"), overwrite: true);
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), tokens.ToJsonString());
        templates[file] = template = PromptTemplate.Create("auto", folder);
    }
    return template;
}
