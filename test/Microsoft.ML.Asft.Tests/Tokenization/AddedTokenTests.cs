using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Tokenization;
using Microsoft.ML.Tokenizers;
using static Microsoft.ML.Asft.Tests.Tokenization.TinyTokenizer;

namespace Microsoft.ML.Asft.Tests.Tokenization;

public class AddedTokenTests
{
    [Fact]
    public void The_leftmost_and_then_the_longest_added_token_wins()
    {
        JsonObject definition = WithAdded(
            AddedToken(256, "<a>"), AddedToken(257, "<a><b>"), AddedToken(258, "<b>"), AddedToken(259, "a><b>"));
        Assert.Equal("x|<a><b>|<b>|<a>|<", Tokens(definition, "x<a><b><b><a><"));
    }

    [Fact]
    public void White_space_beside_a_token_goes_with_it_when_it_strips()
    {
        JsonObject definition = WithAdded(AddedToken(256, "<l>", "lstrip"), AddedToken(257, "<r>", "rstrip"), AddedToken(258, "<n>"));
        IReadOnlyList<EncodedToken> tokens = Load(definition).EncodeToTokens("a \n<l> <r> \t<l><n> b", out _);
        Assert.Equal(["a", "<l>", "Ġ", "<r>", "<l>", "<n>", "Ġ", "b"], tokens.Select(token => token.Value));
        Assert.Equal([0..1, 1..6, 6..7, 7..12, 12..15, 15..18, 18..19, 19..20], tokens.Select(token => token.Offset));
    }

    [Fact]
    public void A_token_that_is_a_single_word_counts_only_where_nothing_touches_it()
    {
        JsonObject definition = WithAdded(AddedToken(256, "ab", "single_word"));
        Assert.Equal("ab|Ġ|c|a|b|Ġ|ab|!|Ġ|a|b|_", Tokens(definition, "ab cab ab! ab_"));
    }

    [Fact]
    public void Tokens_are_looked_for_in_the_normalized_text_when_they_say_so()
    {
        JsonObject definition = WithAdded(AddedToken(256, "<A>", "normalized"), AddedToken(257, "<B>"));
        definition["normalizer"] = Step("Lowercase");
        Assert.Equal("<A>|<A>|<B>|<|b|>", Tokens(definition, "<A><a><B><b>"));
    }

    [Fact]
    public void Special_tokens_are_found_wherever_they_are_written_whatever_the_normalizer_puts_before_a_text()
    {
        JsonObject definition = Definition(["▁", "a", "</s>"]);
        definition["normalizer"] = Step("Prepend", ("prepend", "▁"));
        definition["added_tokens"] = new JsonArray(AddedToken(2, "</s>", "special", "normalized"));
        Assert.Equal("▁|a|</s>|▁|a|</s>", Tokens(definition, "a</s>a</s>"));
    }

    [Fact]
    public void Special_tokens_can_be_left_out_of_the_text_and_others_cannot()
    {
        JsonObject definition = WithAdded(AddedToken(256, "<s>", "special"), AddedToken(257, "<tool>"));
        HuggingFaceTokenizer tokenizer = Load(definition);
        IReadOnlyList<int> ids = tokenizer.EncodeToIds("<s>a<tool>");
        Assert.Equal([256, 'a', 257], ids);
        Assert.Equal("<s>a<tool>", tokenizer.Decode(ids));
        Assert.Equal("a<tool>", tokenizer.Decode(ids, skipSpecialTokens: true));
        Assert.Equal([256], tokenizer.SpecialTokenIds);
    }

    [Fact]
    public void Ids_beyond_the_vocabulary_count_for_its_size_and_unknown_ids_for_nothing()
    {
        HuggingFaceTokenizer tokenizer = Load(WithAdded(AddedToken(300, "<s>", "special")));
        Assert.Equal(301, tokenizer.VocabSize);
        Assert.Equal("<s>", tokenizer.IdToToken(300));
        Assert.Equal(300, tokenizer.TokenToId("<s>"));
        Assert.Null(tokenizer.IdToToken(299));
        Assert.Null(tokenizer.TokenToId("<t>"));
        Assert.Equal("a<s>", tokenizer.Decode([299, 'a', -1, 300, int.MaxValue]));
    }

    [Fact]
    public void The_template_puts_its_tokens_around_a_text_when_asked()
    {
        JsonObject definition = WithAdded(AddedToken(256, "<s>", "special"), AddedToken(257, "</s>", "special"));
        definition["post_processor"] = JsonNode.Parse(
            """
            {"type":"Sequence","processors":[
              {"type":"ByteLevel","trim_offsets":true},
              {"type":"TemplateProcessing",
               "single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}},
                         {"SpecialToken":{"id":"</s>","type_id":0}}],
               "pair":[],
               "special_tokens":{"<s>":{"id":"<s>","ids":[256],"tokens":["<s>"]},"</s>":{"id":"</s>","ids":[257],"tokens":["</s>"]}}}]}
            """);
        HuggingFaceTokenizer tokenizer = Load(definition);
        Assert.Equal(['a'], tokenizer.EncodeToIds("a"));
        Assert.Equal(['a'], tokenizer.EncodeToIds("a", addSpecialTokens: false));
        Assert.Equal([256, 'a', 257], tokenizer.EncodeToIds("a", addSpecialTokens: true));
        Assert.Equal([256, 257], tokenizer.EncodeToIds("", addSpecialTokens: true));
        Assert.Equal(
            [new EncodedToken(256, "<s>", 0..0), new EncodedToken('a', "a", 0..1), new EncodedToken(257, "</s>", 1..1)],
            tokenizer.EncodeToTokens("a", addSpecialTokens: true));
    }

    [Fact]
    public void Text_full_of_things_that_look_like_tokens_takes_linear_time()
    {
        IEnumerable<JsonObject> tokens = Enumerable.Range(0, 500)
            .Select(i => AddedToken(256 + i, $"<|reserved_{i}|>", "special", i % 2 == 0 ? "rstrip" : "lstrip"));
        JsonObject definition = WithAdded([.. tokens]);
        string text = string.Concat(Enumerable.Repeat("<|reserved_ <|reserved_7|>  <|reserved_8|>    ", 20_000));
        Assert.Equal(20_000, Load(definition).EncodeToIds(text).Count(id => id == 256 + 7));
    }

    private static JsonObject WithAdded(params JsonObject[] tokens)
    {
        JsonObject definition = ByteLevel();
        definition["added_tokens"] = new JsonArray([.. tokens]);
        return definition;
    }
}
