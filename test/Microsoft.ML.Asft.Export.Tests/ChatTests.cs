using System.Text;
using LLama;
using LLama.Common;
using LLama.Sampling;
using Microsoft.ML.Asft.Export.Tests.Support;
using Microsoft.ML.Asft.Generation;
using Microsoft.ML.Asft.Templates;
using Microsoft.ML.Asft.Tests.Support;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace Microsoft.ML.Asft.Export.Tests;

/// <summary>Conversations of several turns, by the template support of other programs.</summary>
public sealed class ChatTests
{
    private static readonly Conversation Turns = new(
        [new("system", "Be brief."), new("user", "What is 3 + 4?"), new("assistant", "7"), new("user", "And 5 + 4?")]);

    private static readonly Conversation WithoutSystem = new([.. Turns.Messages.Skip(1)]);

    [Fact]
    public async Task A_chat_of_several_turns_ends_in_LLamaSharp_where_it_ends_here()
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "model.gguf");
        using var model = OurModel.Load(OurModel.BaseFolder);
        model.ExportGguf(file, new() { Type = GgufType.Float32 });
        var parameters = new ModelParams(file) { ContextSize = 512 };
        using var weights = LLamaWeights.LoadFromFile(parameters);
        var greedy = new InferenceParams { MaxTokens = 256, SamplingPipeline = new GreedySamplingPipeline() };

        string answer = "";
        await foreach (string piece in new StatelessExecutor(weights, parameters).InferAsync(TextOf(weights, Turns), greedy))
        {
            answer += piece;
        }

        Assert.NotEmpty(answer);
        Assert.Equal(model.CompleteConversations([Turns], new GenerationOptions { MaxNewTokens = 256 })[0].Text, answer);
    }

    // llama.cpp recognises some templates by pieces of their text, and then writes its own version of them.
    [Theory]
    [InlineData("chatml", true)]
    [InlineData("llama3", true)]
    [InlineData("chatml", false)]
    [InlineData("llama3", false)]
    public void LLamaSharp_writes_a_conversation_as_the_template_does(string template, bool system)
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "model.gguf");
        using var model = new MLContext().Model.LoadAsft(new() { ModelPath = OurModel.BaseFolder, Template = template });
        model.ExportGguf(file);
        using var weights = LLamaWeights.LoadFromFile(new ModelParams(file) { VocabOnly = true });
        var conversation = system ? Turns : WithoutSystem;

        // The token that begins every text is added when the text is encoded.
        string expected = model.Template.RenderText(conversation, addGenerationPrompt: true);
        const string begin = "<|begin_of_text|>";
        Assert.Equal(expected.StartsWith(begin, StringComparison.Ordinal) ? expected[begin.Length..] : expected, TextOf(weights, conversation));
    }

    [Theory]
    [InlineData("chatml")]
    [InlineData("qwen")]
    [InlineData("llama2")]
    [InlineData("llama3")]
    [InlineData("mistral")]
    [InlineData("zephyr")]
    public void GenAI_writes_a_conversation_as_the_template_does(string template)
    {
        using var folder = new TemporaryFolder();
        using var model = new MLContext().Model.LoadAsft(new() { ModelPath = OurModel.BaseFolder, Template = template });
        model.ExportOnnx(folder.Path);
        using var onnx = new OnnxRuntimeGenAI.Model(folder.Path);
        using var tokenizer = new Tokenizer(onnx);
        string messages = $"[{string.Join(", ", Turns.Messages.Select(m => $$"""{"role": "{{m.Role}}", "content": "{{m.Content}}"}"""))}]";

        Assert.Equal(
            model.Template.RenderText(Turns, addGenerationPrompt: true),
            tokenizer.ApplyChatTemplate(null, messages, null, add_generation_prompt: true));
    }

    private static string TextOf(LLamaWeights weights, Conversation conversation)
    {
        var template = new LLamaTemplate(weights) { AddAssistant = true };
        foreach (var message in conversation)
        {
            template.Add(message.Role, message.Content);
        }

        return Encoding.UTF8.GetString(template.Apply());
    }
}
