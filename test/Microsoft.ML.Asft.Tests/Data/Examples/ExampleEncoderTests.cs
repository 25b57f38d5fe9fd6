using System.Buffers;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Templates;
using Microsoft.ML.Asft.Tokenization;
using Microsoft.ML.Tokenizers;
using static Microsoft.ML.Asft.Tests.Tokenization.TinyTokenizer;

namespace Microsoft.ML.Asft.Tests.Data.Examples;

public class ExampleEncoderTests
{
    private const int End = 1000;
    private const int Begin = 1001;

    private static readonly PromptTemplate Plain = PromptTemplate.Create("plain");

    [Fact]
    public void The_prompts_tokens_are_masked_and_the_end_follows_the_response()
    {
        EncodedExample example = Encode(Tokenizer(), Plain, "ab", "cd");

        Assert.Equal(['a', 'b', 'c', 'd', End], example.InputIds);
        Assert.Equal([-100, -100, 'c', 'd', End], example.Labels);
    }

    [Fact]
    public void A_token_across_the_border_is_trained_on()
    {
        // The official trainer counts the prompt's tokens, a and b, and would mask the whole of "bc" with what it has of c.
        EncodedExample example = Encode(Tokenizer("b c"), Plain, "ab", "cd");

        Assert.Equal(['a', 256, 'd', End], example.InputIds);
        Assert.Equal([-100, 256, 'd', End], example.Labels);
    }

    [Fact]
    public void Tokens_before_the_border_are_masked_when_the_prompt_alone_has_fewer()
    {
        // Alone the prompt is one token; as the beginning of the whole it is two, both of them still the prompt's.
        EncodedExample example = Encode(Tokenizer("b c", "a b", "bc d"), Plain, "ab", "cd");

        Assert.Equal(['a', 258, End], example.InputIds);
        Assert.Equal([-100, 258, End], example.Labels);
    }

    [Fact]
    public void White_space_that_the_prompts_last_token_swallows_is_the_prompts()
    {
        JsonObject definition = ByteLevel();
        definition["added_tokens"] = new JsonArray(AddedToken(300, "<r>", "rstrip"));
        EncodedExample example = Encode(Load(definition), Plain, "a<r>", " \nb");

        Assert.Equal(['a', 300, 'b', End], example.InputIds);
        Assert.Equal([-100, -100, 'b', End], example.Labels);
    }

    [Fact]
    public void All_bytes_of_a_character_belong_to_the_response_that_begins_with_it()
    {
        EncodedExample example = Encode(Tokenizer(), Plain, "é", "😀");

        Assert.Equal([-100, -100, 0xF0, 0x9F, 0x98, 0x80, End], example.Labels);
    }

    [Fact]
    public void The_tokenizers_own_beginning_is_put_where_the_template_asks_for_it()
    {
        HuggingFaceTokenizer tokenizer = WithBeginning();

        Assert.Equal([Begin, 'a', 'b', End], Encode(tokenizer, Plain, "a", "b").InputIds);
        Assert.Equal([-100, -100, 'b', End], Encode(tokenizer, Plain, "a", "b").Labels);
        Assert.DoesNotContain(Begin, Encode(tokenizer, PromptTemplate.Create("chatml"), "a", "b").InputIds);
    }

    [Fact]
    public void An_end_that_the_response_has_is_not_doubled()
    {
        Assert.Equal(['a', 'b', End], Encode(Tokenizer(), Plain, "a", "b<end>").InputIds);
        Assert.Equal(['a', 'b'], new ExampleEncoder(Tokenizer(), Plain, null).Encode([new("user", "a"), new("assistant", "b")]).InputIds);
    }

    [Fact]
    public void Every_turn_of_the_assistant_ends_where_the_template_marks_no_end()
    {
        EncodedExample example = new ExampleEncoder(WithBeginning(), Plain, End).Encode(
            [new("user", "a"), new("assistant", "b"), new("user", "c"), new("assistant", "d")]);

        Assert.Equal([Begin, 'a', 'b', End, '\n', '\n', 'c', 'd', End], example.InputIds);
        Assert.Equal([-100, -100, 'b', End, -100, -100, -100, 'd', End], example.Labels);
    }

    [Fact]
    public void A_chat_formats_own_end_of_turn_is_trained_on_and_nothing_is_added()
    {
        EncodedExample example = Encode(Tokenizer(), PromptTemplate.Create("chatml"), "a", "b");

        Assert.Equal(['b', 302], example.Labels.Where(label => label >= 0));
        Assert.Equal((302, (int)'\n'), (example.InputIds[^2], example.InputIds[^1]));
    }

    [Fact]
    public void A_chat_format_whose_end_of_turn_is_no_token_ends_in_the_models_own()
    {
        EncodedExample example = Encode(Load(ByteLevel()), PromptTemplate.Create("chatml"), "a", "b");

        Assert.Equal([.. "b<|im_end|>".Select(c => (int)c), End], example.Labels.Where(label => label >= 0));
    }

    [Fact]
    public void The_prompt_may_be_trained_on_too()
    {
        var encoder = new ExampleEncoder(Tokenizer(), Plain, End, trainOnPrompt: true);

        Assert.Equal(['a', 'b', End], encoder.Encode([new("user", "a"), new("assistant", "b")]).Labels);
    }

    [Fact]
    public void A_conversation_without_an_answer_has_nothing_to_learn()
    {
        var error = Assert.Throws<InvalidDataException>(() => new ExampleEncoder(Tokenizer(), Plain, End).Encode([new("user", "a")]));

        Assert.Contains("'plain'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_prompt_to_complete_is_the_examples_beginning()
    {
        foreach (string name in PromptTemplate.Names)
        {
            var encoder = new ExampleEncoder(WithBeginning(), PromptTemplate.Create(name), End);
            PromptMessage[] conversation = [new("user", "a"), new("assistant", "b"), new("user", "c"), new("assistant", "d")];
            EncodedExample example = encoder.Encode(new(conversation));
            IReadOnlyList<int> prompt = encoder.EncodePrompt(new(conversation[..3]));

            Assert.Equal(example.InputIds[..prompt.Count], prompt);
            Assert.NotEqual(-100, example.Labels[prompt.Count]);
            Assert.Equal(-100, example.Labels[prompt.Count - 1]);
        }
    }

    [Fact]
    public void An_empty_prompt_is_refused()
    {
        var encoder = new ExampleEncoder(Tokenizer(), Plain, End);

        Assert.Throws<InvalidDataException>(() => encoder.EncodePrompt([new("user", "")]));
        Assert.Equal([Begin], new ExampleEncoder(WithBeginning(), Plain, End).EncodePrompt([new("user", "")]));
    }

    [Fact]
    public void Completions_stop_at_the_models_ends_and_at_the_templates()
    {
        IEnumerable<int> Stops(PromptTemplate template, int? end) =>
            new ExampleEncoder(Tokenizer(), template, end).StopTokens([7]).OrderDescending();

        Assert.Equal([End, 7], Stops(Plain, End));
        Assert.Equal([End, 302, 7], Stops(PromptTemplate.Create("chatml"), End));
        Assert.Equal([7], Stops(Plain, null));
    }

    [Fact]
    public void Any_other_tokenizer_will_do()
    {
        var encoder = new ExampleEncoder(new Shouting(), Plain, End);

        // It writes each character twice, begins and ends every text itself, and counts its offsets in what it wrote.
        EncodedExample example = encoder.Encode([new("user", "ab"), new("assistant", "c")]);
        Assert.Equal([Begin, 'A', 'A', 'B', 'B', 'C', 'C', End], example.InputIds);
        Assert.Equal([-100, -100, -100, -100, -100, 'C', 'C', End], example.Labels);
        Assert.Equal([Begin, 'A', 'A', 'B', 'B'], encoder.EncodePrompt([new("user", "ab")]));
    }

    private static EncodedExample Encode(Tokenizer tokenizer, PromptTemplate template, string prompt, string response) =>
        new ExampleEncoder(tokenizer, template, End).Encode([new("user", prompt), new("assistant", response)]);

    private static HuggingFaceTokenizer Tokenizer(params string[] merges) => Load(Definition(merges));

    private static JsonObject Definition(params string[] merges)
    {
        JsonObject definition = ByteLevel(merges);
        definition["added_tokens"] = new JsonArray(
            AddedToken(301, "<|im_start|>", "special"), AddedToken(302, "<|im_end|>", "special"), AddedToken(End, "<end>", "special"),
            AddedToken(Begin, "<begin>", "special"));
        return definition;
    }

    private static HuggingFaceTokenizer WithBeginning()
    {
        JsonObject definition = Definition();
        definition["post_processor"] = JsonNode.Parse("""
            {"type": "TemplateProcessing", "pair": [],
             "single": [{"SpecialToken": {"id": "<begin>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
             "special_tokens": {"<begin>": {"id": "<begin>", "ids": [1001], "tokens": ["<begin>"]}}}
            """);
        return Load(definition);
    }

    /// <summary>A tokenizer as somebody else might write it.</summary>
    private sealed class Shouting : Tokenizer
    {
        public override OperationStatus Decode(IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten) =>
            throw new NotSupportedException();

        protected override EncodeResults<EncodedToken> EncodeToTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
        {
            string written = string.Concat((text ?? textSpan.ToString()).Select(c => new string(char.ToUpperInvariant(c), 2)));
            List<EncodedToken> tokens = [.. written.Select((c, i) => new EncodedToken(c, c.ToString(), i..(i + 1)))];
            tokens.Insert(0, new EncodedToken(Begin, "<begin>", 0..0));
            tokens.Add(new EncodedToken(End, "<end>", written.Length..written.Length));
            return new EncodeResults<EncodedToken> { Tokens = tokens, NormalizedText = written, CharsConsumed = written.Length };
        }
    }
}
