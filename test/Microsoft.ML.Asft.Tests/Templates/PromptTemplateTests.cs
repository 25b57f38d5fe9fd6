using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Templates;
using static Microsoft.ML.Asft.Tests.Templates.ChatFolder;

namespace Microsoft.ML.Asft.Tests.Templates;

public class PromptTemplateTests
{
    [Fact]
    public void Alpaca_is_the_official_trainers_prompt()
    {
        Assert.Equal(
            "Below is an instruction that describes a task. Write a response that appropriately completes the request."
            + "\n\n### Instruction:\nAdd 1 and 2.\n\n### Response:«3»",
            PromptTemplate.Create("alpaca").Marked(User("Add 1 and 2."), Assistant("3")));
    }

    [Fact]
    public void Alpaca_sets_an_input_apart()
    {
        Assert.Equal(
            "Below is an instruction that describes a task, paired with an input that provides further context. "
            + "Write a response that appropriately completes the request."
            + "\n\n### Instruction:\nAdd.\n\n### Input:\n1, 2\n\n### Response:«3»",
            PromptTemplate.Create("alpaca").Marked(User("Add.") with { Input = "1, 2" }, Assistant("3")));
    }

    [Fact]
    public void Alpaca_opens_with_the_system_message_and_goes_on_turn_by_turn()
    {
        Assert.Equal(
            "Be brief.\n\n### Instruction:\na\n\n### Response:«b»\n\n### Instruction:\nc\n\n### Response:«d»",
            PromptTemplate.Create("alpaca").Marked(new("system", "Be brief."), User("a"), Assistant("b"), User("c"), Assistant("d")));
    }

    [Fact]
    public void Plain_is_the_prompt_and_the_response()
    {
        PromptTemplate plain = PromptTemplate.Create("plain");

        Assert.Equal("2+2=«4»", plain.Marked(User("2+2="), Assistant("4")));
        Assert.Equal("Be brief.\n\nAdd.\n1, 2« 3»\n\nAgain.«3»", plain.Marked(
            new("system", "Be brief."), User("Add.") with { Input = "1, 2" }, Assistant(" 3"), User("Again."), Assistant("3")));
        Assert.Equal(plain.GetType(), PromptTemplate.Create("none").GetType());
    }

    [Theory]
    [InlineData(
        "alpaca",
        "Below is an instruction that describes a task. Write a response that appropriately completes the request."
        + "\n\n### Instruction:\na\n\n### Response:")]
    [InlineData("plain", "a")]
    [InlineData("llama2", "<s>[INST] a [/INST]")]
    [InlineData(
        "llama3",
        "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\na<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n")]
    [InlineData("mistral", "<s>[INST] a [/INST]")]
    [InlineData("zephyr", "<|user|>\na</s>\n<|assistant|>\n")]
    [InlineData("chatml", "<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n")]
    public void A_prompt_to_complete_ends_where_the_answer_begins(string name, string prompt)
    {
        Assert.Equal(prompt, PromptTemplate.Create(name).RenderText([User("a")], addGenerationPrompt: true));
    }

    [Theory]
    [InlineData("llama2", "<s>[INST] <<SYS>>\ns\n<</SYS>>\n\na [/INST]« b </s>»<s>[INST] c [/INST]« d </s>»", "</s>")]
    [InlineData("mistral", "<s>[INST] s\n\na [/INST]« b</s>»[INST] c [/INST]« d</s>»", "</s>")]
    [InlineData(
        "zephyr",
        "<|system|>\ns</s>\n<|user|>\na</s>\n<|assistant|>\n«b</s>»\n<|user|>\nc</s>\n<|assistant|>\n«d</s>»\n",
        "</s>")]
    [InlineData(
        "chatml",
        "<|im_start|>system\ns<|im_end|>\n<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n«b<|im_end|>»\n"
        + "<|im_start|>user\nc<|im_end|>\n<|im_start|>assistant\n«d<|im_end|>»\n",
        "<|im_end|>")]
    [InlineData(
        "llama3",
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\ns<|eot_id|>"
        + "<|start_header_id|>user<|end_header_id|>\n\na<|eot_id|>"
        + "<|start_header_id|>assistant<|end_header_id|>\n\n«b<|eot_id|>»<|start_header_id|>user<|end_header_id|>\n\nc<|eot_id|>"
        + "<|start_header_id|>assistant<|end_header_id|>\n\n«d<|eot_id|>»",
        "<|eot_id|>")]
    public void A_chat_format_trains_on_what_the_assistant_says_and_on_its_end(string name, string expected, string endOfTurn)
    {
        PromptTemplate template = PromptTemplate.Create(name);

        Assert.Equal(expected, template.Marked(new("system", "s"), User("a"), Assistant("b"), User("c"), Assistant("d")));
        Assert.Equal(endOfTurn, template.EndOfTurn);
        Assert.False(template.AddsSpecialTokens);
    }

    [Fact]
    public void An_instructions_input_follows_it_in_chat_formats()
    {
        Assert.Equal(
            "<|im_start|>user\nAdd.\n1, 2<|im_end|>\n",
            PromptTemplate.Create("chatml").Rendered(User("Add.") with { Input = "1, 2" }));
    }

    [Fact]
    public void Every_name_makes_a_template()
    {
        Assert.Equal(["auto", "alpaca", "plain", "chatml", "qwen", "llama2", "llama3", "mistral", "zephyr"], PromptTemplate.Names);
        Assert.All(PromptTemplate.Names.Skip(1), name => Assert.Equal(name, PromptTemplate.Create(name).Name));
    }

    [Fact]
    public void An_unknown_name_is_refused_with_those_there_are()
    {
        var error = Assert.Throws<ArgumentException>(() => PromptTemplate.Create("vicuna"));

        Assert.StartsWith("There is no prompt template 'vicuna'. There are: auto, alpaca, plain,", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("alpaca", "tool")]
    [InlineData("plain", "tool")]
    [InlineData("llama2", "tool")]
    [InlineData("mistral", "assistant")]
    public void A_role_that_has_no_place_is_refused_by_name(string template, string role)
    {
        var error = Assert.Throws<InvalidDataException>(
            () => PromptTemplate.Create(template).Rendered(new PromptMessage(role, "x"), Assistant("y")));

        Assert.Contains($"'{template}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_template_does_not_read_is_refused_by_name()
    {
        Conversation conversation = new([User("a")]) { TemplateArguments = new JsonObject { ["enable_thinking"] = false } };

        var error = Assert.Throws<InvalidDataException>(() => TemplateFit.Require(PromptTemplate.Create("alpaca"), conversation));
        Assert.Contains("'enable_thinking'", error.Message, StringComparison.Ordinal);
    }
}
