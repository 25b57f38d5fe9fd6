using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Tests.Support;
using Microsoft.ML.Asft.Tokenization;
using static Microsoft.ML.Asft.Tests.Tokenization.TinyTokenizer;

namespace Microsoft.ML.Asft.Tests.Tokenization;

/// <summary>What the files beside tokenizer.json say: tokenizer_config.json, special_tokens_map.json, added_tokens.json.</summary>
public class NeighbouringFileTests
{
    [Fact]
    public void Tokens_of_added_tokens_decoder_that_the_file_lacks_come_behind_its_own()
    {
        HuggingFaceTokenizer tokenizer = Load(
            ByteLevel("a b"),
            ("tokenizer_config.json", """
                {"eos_token":"<|stop|>","added_tokens_decoder":{
                  "258":{"content":"<|stop|>","special":true},"257":{"content":"<|turn|>","special":true,"rstrip":true},
                  "256":{"content":"ab","special":false}}}
                """));
        Assert.Equal([257, 'H', 'i', 258, 256], tokenizer.EncodeToIds("<|turn|>  Hi<|stop|>ab"));
        Assert.Equal("Hi", tokenizer.Decode([257, 'H', 'i', 258], skipSpecialTokens: true));
        Assert.Equal((258, 259), (tokenizer.EosTokenId, tokenizer.VocabSize));
        Assert.Empty(tokenizer.Warnings);
    }

    [Fact]
    public void Tokens_of_added_tokens_json_count_where_the_configuration_lists_none_and_those_with_a_role_are_special()
    {
        HuggingFaceTokenizer tokenizer = Load(
            ByteLevel(),
            ("added_tokens.json", """{"<|stop|>":257,"<|turn|>":256,"<|extra|>":258}"""),
            ("special_tokens_map.json", """{"eos_token":{"content":"<|stop|>"},"additional_special_tokens":["<|extra|>"]}"""),
            ("tokenizer_config.json", "{}"));
        Assert.Equal([256, 'H', 257, 258], tokenizer.EncodeToIds("<|turn|>H<|stop|><|extra|>"));
        Assert.Equal("<|turn|>H", tokenizer.Decode([256, 'H', 257, 258], skipSpecialTokens: true));
        Assert.Equal(257, tokenizer.EosTokenId);
    }

    [Fact]
    public void The_configuration_goes_before_added_tokens_json_and_special_tokens_map_json()
    {
        HuggingFaceTokenizer tokenizer = Load(
            ByteLevel(),
            ("added_tokens.json", """{"<|other|>":256}"""),
            ("special_tokens_map.json", """{"eos_token":"a","bos_token":"b"}"""),
            ("tokenizer_config.json", """{"eos_token":"<|x|>","added_tokens_decoder":{"256":{"content":"<|x|>"}}}"""));
        Assert.Equal([256], tokenizer.EncodeToIds("<|x|>"));
        Assert.Equal((256, 'b'), (tokenizer.EosTokenId, tokenizer.BosTokenId));
        Assert.Null(tokenizer.TokenToId("<|other|>"));
    }

    [Theory]
    [InlineData("tokenizer_config.json", """{"added_tokens_decoder":{"300":{"content":"<x>"}}}""", "256")]
    [InlineData("tokenizer_config.json", """{"added_tokens_decoder":{"5":{"content":"<x>"}}}""", "'<x>'")]
    [InlineData("tokenizer_config.json", """{"added_tokens_decoder":{"256":{"content":"a"}}}""", "'a'")]
    [InlineData("tokenizer_config.json", """{"added_tokens_decoder":{"256":{}}}""", "'content'")]
    [InlineData("added_tokens.json", """{"<x>":300}""", "256")]
    [InlineData("added_tokens.json", """{"<x>":-1}""", "'<x>'")]
    [InlineData("special_tokens_map.json", "[]", "object")]
    public void What_contradicts_the_tokenizer_is_refused_with_file_and_place(string file, string content, string named)
    {
        string message = Assert.Throws<InvalidDataException>(() => Load(ByteLevel(), (file, content))).Message;
        Assert.Contains(file, message);
        Assert.Contains(named, message);
    }

    [Fact]
    public void What_is_not_done_is_told()
    {
        JsonObject definition = ByteLevel();
        definition["truncation"] = new JsonObject { ["max_length"] = 5 };
        definition["padding"] = new JsonObject { ["pad_id"] = 0 };
        definition["added_tokens"] = new JsonArray(AddedToken(256, "<a>"), AddedToken(300, "<b>"));
        HuggingFaceTokenizer tokenizer = Load(
            definition, ("tokenizer_config.json", """{"added_tokens_decoder":{"256":{"content":"<a>","lstrip":true}}}"""));
        Assert.Collection(
            tokenizer.Warnings,
            warning => Assert.Contains("'truncation'", warning),
            warning => Assert.Contains("'padding'", warning),
            warning => Assert.Contains("'<b>' the id 300, which is used; Hugging Face's library gives it 257", warning),
            warning => Assert.Contains("'<a>' other flags", warning));
        Assert.Equal([' ', 256, 300], tokenizer.EncodeToIds(" <a><b>"));
    }

    private static HuggingFaceTokenizer Load(JsonNode definition, params (string Name, string Content)[] files)
    {
        using TemporaryFolder folder = new();
        folder.Write("tokenizer.json", definition.ToJsonString());
        foreach ((string name, string content) in files)
        {
            folder.Write(name, content);
        }

        return HuggingFaceTokenizer.Load(folder.Path);
    }
}
