using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Templates;

namespace Microsoft.ML.Asft.Export.Gguf;

/// <summary>The chat templates of a model as metadata: the template of training, and the named templates of its folder.</summary>
internal static class ChatTemplates
{
    private const string Key = "tokenizer.chat_template";

    public static void Add(GgufMetadata metadata, PromptTemplate template, string folder, ICollection<string> warnings)
    {
        if (template.JinjaText is { } source)
        {
            metadata.Add(Key, source);
        }
        else
        {
            warnings.Add(
                $"The prompt template '{template.Name}' is not a chat template, so the file has none: a program must put it around the prompt, "
                + "as Ollama's Modelfile does.");
        }

        var named = Named(folder);
        if (named.Count > 0)
        {
            metadata.Add("tokenizer.chat_templates", [.. named.Keys]);
            foreach (var (name, text) in named)
            {
                metadata.Add($"{Key}.{name}", text);
            }
        }
    }

    // From tokenizer_config.json, where several templates are a list, and from the folder that newer versions of transformers write.
    private static SortedDictionary<string, string> Named(string folder)
    {
        var named = new SortedDictionary<string, string>(StringComparer.Ordinal);
        string config = Path.Combine(folder, "tokenizer_config.json");
        if (File.Exists(config) && JsonNode.Parse(File.ReadAllText(config))?["chat_template"] is JsonArray list)
        {
            foreach (var entry in list.OfType<JsonObject>().Where(entry => entry["name"]!.GetValue<string>() != "default"))
            {
                named[entry["name"]!.GetValue<string>()] = entry["template"]!.GetValue<string>();
            }
        }

        string more = Path.Combine(folder, "additional_chat_templates");
        foreach (string file in Directory.Exists(more) ? Directory.EnumerateFiles(more, "*.jinja") : [])
        {
            named[Path.GetFileNameWithoutExtension(file)] = File.ReadAllText(file);
        }

        return named;
    }
}
