using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Templates;
using Microsoft.ML.Asft.Tests.Support;

namespace Microsoft.ML.Asft.Tests.Templates;

/// <summary>Conversations as transformers renders them with models' own chat templates.</summary>
public class ChatGoldenTests
{
    [SharedDataTheory("tokenizers")]
    [InlineData("qwen2.5", 16)]
    [InlineData("minimind", 18)]
    [InlineData("llama2", 13)]
    [InlineData("chat-chatml", 13)]
    [InlineData("chat-zephyr", 13)]
    public void The_models_own_template_renders_every_golden_conversation(string name, int count)
    {
        JsonObject golden = ChatFolder.Golden(name);
        PromptTemplate template = ChatFolder.Auto((string)golden["chat_template"]!, golden["special_tokens"]!.AsObject());

        Assert.Equal(count, Check(template, golden, withVariables: true));
    }

    [SharedDataTheory("tokenizers")]
    [InlineData("qwen", "qwen2.5", 13)]
    [InlineData("llama2", "llama2", 12)]
    [InlineData("chatml", "chat-chatml", 13)]
    [InlineData("zephyr", "chat-zephyr", 13)]
    public void A_built_in_format_renders_as_the_family_it_is_named_after(string format, string name, int count)
    {
        Assert.Equal(count, Check(PromptTemplate.Create(format), ChatFolder.Golden(name), withVariables: false));
    }

    private static int Check(PromptTemplate template, JsonObject golden, bool withVariables)
    {
        int checkedCases = 0;
        foreach (JsonObject one in golden["cases"]!.AsArray().Select(node => node!.AsObject()))
        {
            JsonObject variables = (JsonObject?)one["kwargs"]?.DeepClone() ?? [];
            if (one["tools"] is { } tools)
            {
                variables["tools"] = tools.DeepClone();
            }
            if (!withVariables && (variables.Count > 0 || one.ContainsKey("error")))
            {
                continue;
            }
            IReadOnlyList<PromptMessage> messages = PromptMessage.ListFromJson(one["messages"]!.ToJsonString());
            string Render() => template.RenderText(new(messages) { TemplateArguments = variables }, (bool)one["add_generation_prompt"]!);

            if (one["error"] is { } error)
            {
                Assert.Contains((string)error!, Assert.Throws<InvalidDataException>(Render).Message, StringComparison.Ordinal);
            }
            else
            {
                Assert.Equal((string?)one["rendered"], Render());
            }
            checkedCases++;
        }
        return checkedCases;
    }
}
