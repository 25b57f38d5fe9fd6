using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Templates;
using Microsoft.ML.Asft.Tests.Support;

namespace Microsoft.ML.Asft.Tests.Templates;

/// <summary>Model folders with nothing but what says how to chat, and the golden renderings of real ones.</summary>
internal static class ChatFolder
{
    /// <summary>The template <c>auto</c> of a folder with this chat template in its tokenizer_config.json.</summary>
    public static PromptTemplate Auto(string chatTemplate, JsonObject? specialTokens = null)
    {
        using var folder = new TemporaryFolder();
        var config = (JsonObject)(specialTokens ?? []).DeepClone();
        config["chat_template"] = chatTemplate;
        folder.Write("tokenizer_config.json", config.ToJsonString());
        return PromptTemplate.Create("auto", folder.Path);
    }

    public static JsonObject Golden(string name) =>
        JsonNode.Parse(File.ReadAllText(SharedData.PathOf("tokenizers", name, "chat_golden.json")))!.AsObject();

    public static string Rendered(this PromptTemplate template, params PromptMessage[] messages) =>
        string.Concat(template.Render(new(messages), addGenerationPrompt: false).Select(segment => segment.Text));

    /// <summary>A rendering with what is trained on between «».</summary>
    public static string Marked(this PromptTemplate template, params PromptMessage[] messages) => string.Concat(
        template.Render(new(messages), addGenerationPrompt: false).Select(segment => segment.IsTrained ? $"«{segment.Text}»" : segment.Text));

    public static PromptMessage User(string content) => new("user", content);

    public static PromptMessage Assistant(string content) => new("assistant", content);
}
