using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML.Asft.Tests.Support;
using Microsoft.ML.Asft.Tokenization;
using Microsoft.ML.Asft.Tokenization.Loading;
using Microsoft.ML.Asft.Tokenization.Patterns;
using static Microsoft.ML.Asft.Tests.Tokenization.TinyTokenizer;

namespace Microsoft.ML.Asft.Tests.Tokenization;

public class MalformedTokenizerTests
{
    // What is put where, and what the complaint has to name.
    [Theory]
    [InlineData("model.vocab.a", "-1", "'model.vocab.a'")]
    [InlineData("model.vocab.a", "1", "'a'")]
    [InlineData("model.vocab.a", "2000000000", "'model.vocab.a'")]
    [InlineData("model.vocab.a", "1e99", "'model.vocab.a'")]
    [InlineData("model.vocab.a", "\"0\"", "'model.vocab.a'")]
    [InlineData("model.vocab", "[]", "'model.vocab'")]
    [InlineData("model.vocab", "null", "'vocab'")]
    [InlineData("model.merges", "[\"a\"]", "'model.merges[0]'")]
    [InlineData("model.merges", "[\"a b\", \"a b c\"]", "'model.merges[1]'")]
    [InlineData("model.merges", "[\"a b\", \"b a\"]", "'ba'")]
    [InlineData("model.merges", "[\"a z\"]", "'z'")]
    [InlineData("model.merges", "[[\"a\"]]", "'model.merges[0]'")]
    [InlineData("model.merges", "[[\"a\", 1]]", "'model.merges[0][1]'")]
    [InlineData("model.merges", "{}", "'model.merges'")]
    [InlineData("model.byte_fallback", "1", "'model.byte_fallback'")]
    [InlineData("model", "3", "'model'")]
    [InlineData("added_tokens", "[{\"id\":0,\"content\":\"<s>\"}]", "'added_tokens[0]'")]
    [InlineData("added_tokens", "[{\"id\":7,\"content\":\"a\"}]", "'added_tokens[0]'")]
    [InlineData("added_tokens", "[{\"id\":7,\"content\":\"x\"},{\"id\":7,\"content\":\"y\"}]", "'added_tokens[1]'")]
    [InlineData("added_tokens", "[{\"content\":\"x\"}]", "'id'")]
    [InlineData("added_tokens", "[{\"id\":-4,\"content\":\"x\"}]", "'added_tokens[0].id'")]
    [InlineData("added_tokens", "[7]", "'added_tokens[0]'")]
    [InlineData("normalizer", "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"(\"},\"content\":\"\"}", "'normalizer.pattern.Regex'")]
    [InlineData("normalizer", "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"[z-a]\"},\"content\":\"\"}", "'normalizer.pattern.Regex'")]
    [InlineData("normalizer", "{\"type\":\"Replace\",\"pattern\":\"x\",\"content\":\"\"}", "'normalizer.pattern'")]
    [InlineData("normalizer", "{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"?\"}", "'normalizer.precompiled_charsmap'")]
    [InlineData("normalizer", "{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"AAAA\"}", "'normalizer.precompiled_charsmap'")]
    [InlineData("normalizer", "{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"CAAAAAAAAAA=\"}", "'normalizer.precompiled_charsmap'")]
    [InlineData("model", "{\"type\":\"Unigram\",\"vocab\":[[\"a\",0],[\"a\",1]]}", "'model.vocab[1][0]'")]
    [InlineData("model", "{\"type\":\"Unigram\",\"vocab\":[[\"a\"]]}", "'model.vocab[0]'")]
    [InlineData("model", "{\"type\":\"Unigram\",\"vocab\":[[\"a\",0]],\"unk_id\":1}", "'model.unk_id'")]
    [InlineData("model", "{\"type\":\"WordPiece\",\"vocab\":{},\"max_input_chars_per_word\":-1}", "'model.max_input_chars_per_word'")]
    [InlineData("model", "{\"type\":\"WordLevel\",\"vocab\":{}}", "'unk_token'")]
    [InlineData("pre_tokenizer", "{\"pretokenizers\":[]}", "'type'")]
    [InlineData("decoder", "{\"type\":\"Strip\",\"content\":\"ab\",\"start\":1,\"stop\":0}", "'decoder.content'")]
    [InlineData("decoder", "{\"type\":\"Strip\",\"content\":\"a\",\"start\":-1,\"stop\":0}", "'decoder.start'")]
    [InlineData("post_processor", "{\"type\":\"TemplateProcessing\",\"single\":[]}", "'post_processor.single'")]
    [InlineData(
        "post_processor", "{\"type\":\"TemplateProcessing\",\"single\":[{\"Sequence\":{\"id\":\"B\"}}]}", "'post_processor.single[0]'")]
    [InlineData("post_processor", "{\"type\":\"BertProcessing\",\"cls\":[\"a\",0],\"sep\":[\"x\",77]}", "77")]
    [InlineData(
        "post_processor", "{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":\"x\"}}],\"special_tokens\":{}}", "'x'")]
    public void What_is_wrong_is_named_with_its_place(string path, string value, string named)
    {
        string message = Assert.Throws<InvalidDataException>(() => Load(Changed(path, value))).Message;
        Assert.Contains("tokenizer.json", message);
        Assert.Contains(named, message);
    }

    [Theory]
    [InlineData("model.type", "\"Odd\"", "'Odd'")]
    [InlineData("version", "\"2.0\"", "'2.0'")]
    [InlineData("model.dropout", "0.1", "'model.dropout'")]
    [InlineData("model", "{\"vocab\":{}}", "'model'")]
    [InlineData("normalizer", "{\"type\":\"BertNormalizer\"}", "'BertNormalizer'")]
    [InlineData(
        "normalizer", "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFC\"},{\"type\":\"Odd\"}]}", "'normalizer.normalizers[1].type'")]
    [InlineData("pre_tokenizer", "{\"type\":\"UnicodeScripts\"}", "'UnicodeScripts'")]
    [InlineData("pre_tokenizer", "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"\\\\p{Emoji}\"},\"behavior\":\"Isolated\"}", "'Emoji'")]
    [InlineData("pre_tokenizer", "{\"type\":\"Split\",\"pattern\":{\"String\":\"a\"},\"behavior\":\"Odd\"}", "'Odd'")]
    [InlineData("pre_tokenizer", "{\"type\":\"Metaspace\",\"prepend_scheme\":\"odd\"}", "'odd'")]
    [InlineData("decoder", "{\"type\":\"Odd\"}", "'Odd'")]
    [InlineData("post_processor", "{\"type\":\"Odd\"}", "'Odd'")]
    public void What_is_not_supported_is_refused_by_name(string path, string value, string named)
    {
        string message = Assert.Throws<NotSupportedException>(() => Load(Changed(path, value))).Message;
        Assert.Contains("tokenizer.json", message);
        Assert.Contains(named, message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"model\":")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"a\":1},\"merges\":[]}}")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"\\ud800\":0},\"merges\":[]}}")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"vocab\":{},\"merges\":[\"\\ud800 a\"]}}")]
    public void What_is_not_JSON_or_not_text_is_refused(string json) =>
        Assert.Contains("tokenizer.json", Assert.Throws<InvalidDataException>(() => Load(json)).Message);

    [Fact]
    public void Bytes_that_are_not_UTF_8_are_refused()
    {
        byte[] json = [.. "{\"model\":{\"type\":\"BPE\",\"merges\":[],\"vocab\":{\""u8, 0xFF, .. "\":0}}}"u8];
        Assert.Contains("tokenizer.json", Assert.Throws<InvalidDataException>(() => TokenizerJson.Read("tokenizer.json", json)).Message);
    }

    [Fact]
    public void A_pattern_that_never_ends_is_given_up_with_a_message()
    {
        const string Pattern = "(?:a|aa)+[bc]";
        RegexPattern pattern = new(Pattern, OnigurumaPattern.Translate(Pattern), TimeSpan.FromMilliseconds(20));
        string message = Assert.Throws<InvalidOperationException>(() => pattern.Matches(new string('a', 60) + "!b")).Message;
        Assert.Contains(Pattern, message);
    }

    [Fact]
    public void A_folder_without_a_tokenizer_says_what_it_lacks()
    {
        using TemporaryFolder folder = new();
        string message = Assert.Throws<FileNotFoundException>(() => HuggingFaceTokenizer.Load(folder.Path)).Message;
        Assert.Contains(folder.Path, message);
        Assert.Contains("tokenizer.json", message);
    }

    [Fact]
    public void A_mangled_file_gives_a_tokenizer_or_a_clear_error()
    {
        byte[][] files = [Utf8(Everything()), Utf8(ByteLevel("a b", "ab c"))];
        byte[] replacements = [.. "{}[]\",:0123456789-eE.\\ntfulabc<> "u8, 0xFF, 0x00];
        Gen<byte[]> mangled =
            from file in Gen.Elements(files)
            from edits in Gen.Choose(0, 5)
            from places in Gen.Choose(0, file.Length - 1).ListOf(6)
            from bytes in Gen.Elements(replacements).ListOf(6)
            from kinds in Gen.Choose(0, 3).ListOf(6)
            select Mangle(file, edits, [.. places], [.. bytes], [.. kinds]);
        Prop.ForAll(Arb.From(mangled), AssertLoadsOrComplains).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

        static byte[] Utf8(JsonObject definition) => Encoding.UTF8.GetBytes(definition.ToJsonString());
    }

    [Fact]
    public void Values_that_change_places_give_a_tokenizer_or_a_clear_error()
    {
        string[] values =
        [
            "null", "0", "-1", "1e400", "99999999999", "true", "\"\"", "\"a\"", "\"BPE\"", "\"ByteLevel\"",
            "[]", "[[]]", "[\"a b\"]", "{}", "{\"type\":\"Sequence\"}",
        ];
        Gen<string> changed =
            from place in Gen.Choose(0, Places(Everything()).Count - 1)
            from value in Gen.Elements(values)
            select Replaced(place, value);
        Prop.ForAll(Arb.From(changed), json => AssertLoadsOrComplains(Encoding.UTF8.GetBytes(json))).QuickCheckThrowOnFailure();

        static string Replaced(int place, string value)
        {
            JsonObject definition = Everything();
            Places(definition)[place].ReplaceWith(JsonNode.Parse(value));
            return definition.ToJsonString();
        }
    }

    private static void AssertLoadsOrComplains(byte[] json)
    {
        try
        {
            HuggingFaceTokenizer tokenizer = new(TokenizerJson.Read("tokenizer.json", json));
            tokenizer.Decode(tokenizer.EncodeToIds("ab <s> c é 😀 12", addSpecialTokens: true));
        }
        catch (Exception exception) when (exception is InvalidDataException or NotSupportedException)
        {
            Assert.Contains("tokenizer.json", exception.Message);
        }
    }

    private static JsonObject Everything()
    {
        JsonObject definition = Definition(["a", "b", "ab", "▁", "▁a", "<unk>", "<s>", "<0x41>"], "a b", "▁ a");
        definition["added_tokens"] = new JsonArray(AddedToken(6, "<s>", "special", "lstrip"), AddedToken(9, "<x>", "normalized"));
        definition["model"]!["unk_token"] = "<unk>";
        definition["model"]!["byte_fallback"] = true;
        definition["normalizer"] = JsonNode.Parse(
            """
            {"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Lowercase"},{"type":"Strip","strip_left":true,"strip_right":true},
             {"type":"Replace","pattern":{"Regex":" +"},"content":" "}]}
            """);
        definition["pre_tokenizer"] = JsonNode.Parse(
            """
            {"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},{"type":"Punctuation","behavior":"Isolated"},
             {"type":"Split","pattern":{"Regex":"\\p{L}{2,3}"},"behavior":"MergedWithNext","invert":false},
             {"type":"Metaspace","replacement":"▁","prepend_scheme":"first","split":true}]}
            """);
        definition["decoder"] = JsonNode.Parse(
            """
            {"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},
             {"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}
            """);
        definition["post_processor"] = JsonNode.Parse(
            """
            {"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],
             "pair":[],"special_tokens":{"<s>":{"id":"<s>","ids":[6],"tokens":["<s>"]}}}
            """);
        return definition;
    }

    private static JsonObject Changed(string path, string value)
    {
        JsonObject definition = Definition(["a", "b", "ab"], "a b");
        string[] steps = path.Split('.');
        JsonNode parent = steps[..^1].Aggregate((JsonNode)definition, (node, step) => node[step]!);
        parent[steps[^1]] = JsonNode.Parse(value);
        return definition;
    }

    private static List<JsonNode> Places(JsonNode node)
    {
        IEnumerable<JsonNode?> values = node switch
        {
            JsonObject members => members.Select(member => member.Value),
            JsonArray items => items,
            _ => [],
        };
        return [.. values.OfType<JsonNode>().SelectMany(value => (JsonNode[])[value, .. Places(value)])];
    }

    private static byte[] Mangle(byte[] file, int edits, int[] places, byte[] bytes, int[] kinds)
    {
        List<byte> mangled = [.. file];
        for (int i = 0; i < edits && mangled.Count > 0; i++)
        {
            int place = places[i] % mangled.Count;
            switch (kinds[i])
            {
                case 0:
                    mangled[place] = bytes[i];
                    break;
                case 1:
                    mangled.Insert(place, bytes[i]);
                    break;
                case 2:
                    mangled.RemoveAt(place);
                    break;
                default:
                    mangled.RemoveRange(place, Math.Min(places[(i + 1) % 6] % 40, mangled.Count - place));
                    break;
            }
        }

        return [.. mangled];
    }
}
