using Microsoft.ML.Asft.Export.Gguf;
using Microsoft.ML.Asft.Templates;

namespace Microsoft.ML.Asft.Export.Tests;

/// <summary>Ollama's Modelfile.</summary>
public sealed class ModelfileTests
{
    private static readonly PromptMessage[] Talk =
    [
        new("user", "Hello?"), new("assistant", "Yes."), new("user", "Who?"), new("assistant", "I."), new("user", "Why?"),
    ];

    [Theory]
    [InlineData("chatml")]
    [InlineData("qwen")]
    [InlineData("llama3")]
    [InlineData("zephyr")]
    [InlineData("alpaca")]
    public void Texts_around_turns_write_conversations_as_the_template_does(string name)
    {
        var template = PromptTemplate.Create(name);
        var turns = TurnTexts.Of(template)!;
        Assert.Equal(template.RenderText(new Conversation(Talk), addGenerationPrompt: true), turns.Write(Talk));
        PromptMessage[] told = [new("system", "Be kind."), .. Talk];
        Assert.Equal(template.RenderText(new Conversation(told), addGenerationPrompt: true), turns.Write(told));
    }

    [Theory]
    [InlineData("llama2")]
    [InlineData("mistral")]
    public void A_template_whose_turns_depend_on_each_other_is_left_to_the_chat_template_and_told(string name)
    {
        var warnings = new List<string>();
        string text = Modelfile.Write("m.gguf", null, PromptTemplate.Create(name), "", ["</s>"], warnings);
        Assert.DoesNotContain("TEMPLATE", text, StringComparison.Ordinal);
        Assert.Contains($"'{name}'", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void It_names_the_file_the_template_and_the_stops_and_leaves_out_what_llama_cpp_adds() => Assert.Equal(
        """"
        FROM ./m.gguf
        TEMPLATE """{{ range $i, $_ := .Messages }}{{ if eq .Role "user" }}<|start_header_id|>user<|end_header_id|>

        {{ .Content }}<|eot_id|><|start_header_id|>assistant<|end_header_id|>

        {{ else if eq .Role "assistant" }}{{ .Content }}<|eot_id|>{{ else if eq .Role "system" }}<|start_header_id|>system<|end_header_id|>

        {{ .Content }}<|eot_id|>{{ end }}{{ end }}"""
        PARAMETER stop "<|eot_id|>"
        PARAMETER stop "<|end_of_text|>"

        """",
        Modelfile.Write("m.gguf", null, PromptTemplate.Create("llama3"), "<|begin_of_text|>", ["<|eot_id|>", "<|end_of_text|>", "<|eot_id|>"], []));

    [Fact]
    public void Where_a_template_ends_no_turn_the_end_of_the_text_does() =>
        Assert.Contains("""{{ .Content }}<|endoftext|>""", Modelfile.Write("m.gguf", null, PromptTemplate.Create("alpaca"), "", ["<|endoftext|>"], []), StringComparison.Ordinal);

    [Fact]
    public void An_adapter_stands_beside_its_base_model() =>
        Assert.StartsWith("FROM /models/base\nADAPTER ./a.gguf\nTEMPLATE \"\"\"{{ .Prompt }}\"\"\"\n",
            Modelfile.Write("a.gguf", "/models/base", PromptTemplate.Create("plain"), "", ["</s>"], []), StringComparison.Ordinal);
}
