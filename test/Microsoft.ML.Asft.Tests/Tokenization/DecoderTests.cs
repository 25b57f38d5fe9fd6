using System.Buffers;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML.Asft.Tokenization;
using Microsoft.ML.Asft.Tokenization.Models;
using Microsoft.ML.Tokenizers;
using static Microsoft.ML.Asft.Tests.Tokenization.TinyTokenizer;

namespace Microsoft.ML.Asft.Tests.Tokenization;

public class DecoderTests
{
    private const string Llama =
        """
        {"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},
         {"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}
        """;

    private const string LateReplace =
        """{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Replace","pattern":{"String":"ab"},"content":"x"}]}""";

    private const string BothEnds =
        """{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Strip","content":"▁","start":2,"stop":2}]}""";

    public static TheoryData<string?> Decoders =>
    [
        null, """{"type":"Fuse"}""", """{"type":"ByteLevel"}""", """{"type":"ByteFallback"}""", Llama, LateReplace, BothEnds,
        """{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true}""",
        """{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Metaspace","replacement":"▁","prepend_scheme":"first"}]}""",
        """{"type":"BPEDecoder","suffix":"▁"}""",
        """{"type":"Sequence","decoders":[{"type":"ByteLevel"},{"type":"ByteFallback"},{"type":"BPEDecoder","suffix":"▁"}]}""",
    ];

    [Theory]
    [InlineData(null, "▁a b", "▁a b")]
    [InlineData("""{"type":"Fuse"}""", "▁a b", "▁ab")]
    [InlineData(Llama, "▁a ▁b", "a b")]
    [InlineData(Llama, "▁ ▁b", " b")]
    [InlineData(Llama, "<0xE2> <0x82> <0xAC> a", "€a")]
    [InlineData(Llama, "<0xE2> <0x82> a <0x41>", "\uFFFD\uFFFDaA")]
    [InlineData(Llama, "<0x41> <0xE2> <0x82> a", "\uFFFD\uFFFD\uFFFDa")]
    [InlineData("""{"type":"ByteLevel"}""", "â Ĥ ¬ Ġ a", "€ a")]
    [InlineData("""{"type":"ByteLevel"}""", "â Ĥ a", "\uFFFDa")]
    [InlineData("""{"type":"ByteLevel"}""", "a ▁Ġ b", "a▁Ġb")]
    [InlineData(LateReplace, "a b a b b", "xxb")]
    [InlineData(BothEnds, "▁ ▁a ▁ ▁ ▁", "a▁")]
    [InlineData(BothEnds, "▁ ▁ ▁ ▁ ▁", "▁")]
    [InlineData("""{"type":"Strip","content":"a","start":1,"stop":1}""", "aaa ba a", "ab")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"always"}""", "▁a ▁b", "a b")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"never"}""", "▁a ▁b", " a b")]
    [InlineData("""{"type":"BPEDecoder","suffix":"▁"}""", "a▁ b b▁", "a bb")]
    public void Tokens_come_back_as_text(string? decoder, string tokens, string expected)
    {
        string[] parts = tokens.Split(' ');
        JsonObject definition = Definition([.. parts.Distinct()]);
        definition["decoder"] = decoder is null ? null : JsonNode.Parse(decoder);
        HuggingFaceTokenizer tokenizer = Load(definition);
        IEnumerable<int> ids = parts.Select(part => tokenizer.TokenToId(part)!.Value);
        Assert.Equal(decoder is null ? tokens : expected, tokenizer.Decode(ids));
    }

    [Fact]
    public void A_destination_is_filled_as_a_whole_or_not_at_all()
    {
        HuggingFaceTokenizer tokenizer = Load(ByteLevel());
        char[] destination = new char[2];
        OperationStatus status = tokenizer.Decode(['a', 'b', 'c'], destination, out int used, out int written);
        Assert.Equal(OperationStatus.DestinationTooSmall, status);
        Assert.Equal((0, 0), (used, written));
        Assert.Equal(OperationStatus.Done, tokenizer.Decode(['a', 'b'], destination, out used, out written));
        Assert.Equal((2, 2), (used, written));
        Assert.Equal("ab", new string(destination));
    }

    [Theory]
    [MemberData(nameof(Decoders))]
    public void Streamed_text_is_the_text_decoded_at_once_and_never_ends_within_a_character(string? decoder)
    {
        string[] tokens =
        [
            "a", "b", "ab", "▁", "▁a", "▁▁", "😀", "Ã", "©", "ð", "Ł", "Ĺ", "Ģ",
            "<0xF0>", "<0x9F>", "<0x98>", "<0x80>", "<0x41>", "<s>",
        ];
        JsonObject definition = Definition(tokens);
        definition["added_tokens"] = new JsonArray(AddedToken(tokens.Length - 1, "<s>", "special"));
        definition["decoder"] = decoder is null ? null : JsonNode.Parse(decoder);
        HuggingFaceTokenizer tokenizer = Load(definition);
        Check(Gen.Choose(-1, tokens.Length), ids =>
        {
            AssertStreams(new StreamingDecoder(tokenizer), ids, tokenizer.Decode(ids));
            AssertStreams(new StreamingDecoder(tokenizer, skipSpecialTokens: true), ids, tokenizer.Decode(ids, skipSpecialTokens: true));
        });
    }

    [Fact]
    public void Any_tokenizer_of_the_library_can_be_streamed()
    {
        string[] bytes = [.. Enumerable.Range(0, 256).Select(value => ByteAlphabet.CharOf((byte)value).ToString())];
        BpeTokenizer tokenizer = BpeTokenizer.Create(
            new BpeOptions(bytes.Select((token, id) => KeyValuePair.Create(token, id))) { ByteLevel = true });
        byte[] alphabet = [.. "aé😀"u8, 0xFF, 0xE2];
        StreamingDecoder decoder = new(tokenizer);
        Check(Gen.Elements(alphabet).Select(value => (int)value), ids => AssertStreams(decoder, ids, tokenizer.Decode(ids)));
    }

    [Fact]
    public void Text_is_given_as_soon_as_it_is_certain()
    {
        StreamingDecoder decoder = new(Load(ByteLevel()));
        Assert.Equal(["a", "", "", "", "😀", "", "\uFFFDb"], new[] { 'a', 0xF0, 0x9F, 0x98, 0x80, 0xE2, 'b' }.Select(decoder.Add));
        Assert.Equal("", decoder.Add(0xE2));
        Assert.Equal("\uFFFD", decoder.Flush());
        Assert.Equal("c", decoder.Add('c'));
    }

    private static void Check(Gen<int> ids, Action<int[]> property) =>
        Prop.ForAll(Arb.From(ids.ListOf().Select(list => list.ToArray())), property).QuickCheckThrowOnFailure();

    private static void AssertStreams(StreamingDecoder decoder, int[] ids, string expected)
    {
        string[] parts = [.. ids.Select(decoder.Add), decoder.Flush()];
        Assert.Equal(expected, string.Concat(parts));
        Assert.DoesNotContain(parts, part => part.Length > 0 && (char.IsHighSurrogate(part[^1]) || char.IsLowSurrogate(part[0])));
    }
}
