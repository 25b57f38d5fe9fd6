using System.Buffers.Binary;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML.Asft.Tests.Support;
using Microsoft.ML.Asft.Tokenization;
using Microsoft.ML.Asft.Tokenization.Loading;
using Microsoft.ML.Tokenizers;

namespace Microsoft.ML.Asft.Tests.Tokenization;

public class SentencePieceTests
{
    private const int Normal = 1;
    private const int Unknown = 2;
    private const int Control = 3;
    private const int UserDefined = 4;
    private const int Unused = 5;
    private const int Byte = 6;

    private static readonly (string Text, float Score, int Kind)[] Pieces =
    [
        ("<unk>", 0, Unknown), ("<s>", 0, Control), ("</s>", 0, Control), ("<0x41>", 0, Byte), ("[x]", 0, UserDefined),
        ("▁a", -1, Normal), ("ab", -2, Normal), ("▁ab", -3, Normal), ("▁", -4, Normal), ("a", -5, Normal), ("b", -6, Normal),
    ];

    [Fact]
    public void Neighbours_join_into_the_piece_of_the_highest_score()
    {
        HuggingFaceTokenizer tokenizer = Load(Model());
        Assert.Equal("▁ab", Tokens(tokenizer, "ab"));
        Assert.Equal("▁a|ab", Tokens(tokenizer, "aab"));
        Assert.Equal("▁|b|ab|ab", Tokens(tokenizer, "babab"));
    }

    [Fact]
    public void Control_pieces_are_plain_text_and_user_defined_ones_are_found()
    {
        HuggingFaceTokenizer tokenizer = Load(Model());
        Assert.Equal("▁a|[x]|b|<unk>", Tokens(tokenizer, "a[x]b<s>"));
        Assert.Equal([1, 5], tokenizer.EncodeToIds("a", addSpecialTokens: true));
        Assert.Equal("a", tokenizer.Decode([1, 5, 2], skipSpecialTokens: true));
    }

    [Fact]
    public void The_configuration_beside_it_adds_tokens_and_says_what_surrounds_a_text()
    {
        HuggingFaceTokenizer tokenizer = Load(
            Model(),
            """
            {"add_bos_token":false,"add_eos_token":true,"bos_token":{"content":"<s>"},"eos_token":"</s>","pad_token":null,
             "added_tokens_decoder":{"1":{"content":"<s>","special":true},"11":{"content":"<pad>","special":true}}}
            """);
        Assert.Equal("<s>|▁a|<pad>", Tokens(tokenizer, "<s>a<pad>"));
        Assert.Equal([5, 2], tokenizer.EncodeToIds("a", addSpecialTokens: true));
        Assert.Equal((1, 2, null, null), (tokenizer.BosTokenId, tokenizer.EosTokenId, tokenizer.PadTokenId, tokenizer.UnkTokenId));
        Assert.Equal(12, tokenizer.VocabSize);
    }

    // InternLM2 names pieces that its model keeps free.
    [Fact]
    public void The_configuration_may_give_a_piece_another_name()
    {
        HuggingFaceTokenizer tokenizer = Load(
            Model(more: ("[UNUSED_1]", -9, UserDefined)),
            """{"eos_token":"<|end|>","added_tokens_decoder":{"11":{"content":"<|end|>","special":true}}}""");
        Assert.Equal([5, 11, 5, 11], tokenizer.EncodeToIds("a<|end|>a[UNUSED_1]"));
        Assert.Equal("a<|end|>", tokenizer.Decode([5, 11]));
        Assert.Equal("a", tokenizer.Decode([5, 11], skipSpecialTokens: true));
        Assert.Equal("<|end|>", tokenizer.IdToToken(11));
        Assert.Equal((11, 11, 12), (tokenizer.TokenToId("[UNUSED_1]"), tokenizer.EosTokenId, tokenizer.VocabSize));
    }

    [Theory]
    [InlineData("""{"11":{"content":"a"}}""", "'a'")]
    [InlineData("""{"11":{"content":"x"},"12":{"content":"x"}}""", "'x'")]
    [InlineData("""{"x":{"content":"x"}}""", "added_tokens_decoder.x")]
    public void Added_tokens_that_contradict_the_model_are_refused(string decoder, string named)
    {
        string message = Assert.Throws<InvalidDataException>(() => Load(Model(), "{\"added_tokens_decoder\":" + decoder + "}")).Message;
        Assert.Contains(named, message);
        Assert.Contains("tokenizer_config.json", message);
    }

    [Theory]
    [InlineData("", "<s>|▁ab|<s>|▁ab")]
    [InlineData("\"legacy\":true,", "<s>|▁ab|<s>|▁ab")]
    [InlineData("\"legacy\":false,", "<s>|ab|<s>|ab")]
    public void A_space_goes_before_each_part_of_a_text_unless_the_configuration_says_it_is_not_legacy(string setting, string expected)
    {
        string config = "{" + setting + "\"added_tokens_decoder\":{\"1\":{\"content\":\"<s>\",\"special\":true}}}";
        Assert.Equal(expected, Tokens(Load(Model(), config), "<s>ab<s>ab"));
        Assert.StartsWith("▁ab", Tokens(Load(Model(), config), "ab<s>ab"));
    }

    [Fact]
    public void Extra_spaces_are_dropped_only_where_the_model_says_so()
    {
        Assert.Equal("▁a|▁|b", Tokens(Load(Model(removesExtraSpaces: true)), "  a   b "));
        Assert.Equal("▁|▁|▁a|▁|▁|▁|b|▁", Tokens(Load(Model()), "  a   b "));
        Assert.Equal("", Tokens(Load(Model(removesExtraSpaces: true)), "   "));
    }

    [Fact]
    public void Other_kinds_of_models_are_refused_by_name()
    {
        AssertRefused("model type 1", Model(type: 1));
        AssertRefused("unused pieces", Model(more: ("c", -7, Unused)));
        AssertRefused("'nmt_nfkc'", [.. Model(), .. Message(3, Text(1, "nmt_nfkc"), Text(2, "map"))]);

        static void AssertRefused(string named, byte[] model)
        {
            string message = Assert.Throws<NotSupportedException>(() => Load(model)).Message;
            Assert.Contains("tokenizer.model", message);
            Assert.Contains(named, message);
        }
    }

    [Fact]
    public void Pieces_that_are_there_twice_or_missing_are_refused()
    {
        Assert.Contains("'a'", Assert.Throws<InvalidDataException>(() => Load(Model(more: ("a", -7, Normal)))).Message);
        Assert.Throws<InvalidDataException>(() => Load(Model(more: ("c", float.NaN, Normal))));
        Assert.Throws<InvalidDataException>(() => Load([.. Model(), .. Message(2, Number(41, 500))]));
    }

    [Fact]
    public void A_mangled_model_gives_a_tokenizer_or_a_clear_error()
    {
        byte[] model = Model();
        Gen<byte[]> mangled =
            from length in Gen.Choose(0, model.Length)
            from place in Gen.Choose(0, model.Length - 1)
            from value in Gen.Choose(0, 255)
            from cut in Gen.Elements(true, false)
            select cut ? model[..length] : [.. model[..place], (byte)value, .. model[(place + 1)..]];
        Prop.ForAll(Arb.From(mangled), bytes =>
        {
            try
            {
                new HuggingFaceTokenizer(SentencePieceModel.Read("tokenizer.model", bytes)).EncodeToIds("ab <s> é");
            }
            catch (Exception exception) when (exception is InvalidDataException or NotSupportedException)
            {
                Assert.Contains("tokenizer.model", exception.Message);
            }
        }).QuickCheckThrowOnFailure();
    }

    private static HuggingFaceTokenizer Load(byte[] model, string? config = null)
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(Path.Combine(folder.Path, "tokenizer.model"), model);
        if (config is not null)
        {
            folder.Write("tokenizer_config.json", config);
        }

        return HuggingFaceTokenizer.Load(folder.Path);
    }

    private static string Tokens(Tokenizer tokenizer, string text) =>
        string.Join('|', tokenizer.EncodeToTokens(text, out _).Select(token => token.Value));

    // sentencepiece_model.proto: pieces = 1, trainer_spec = 2, normalizer_spec = 3
    private static byte[] Model(int type = 2, bool removesExtraSpaces = false, params (string Text, float Score, int Kind)[] more) =>
    [
        .. Pieces.Concat(more).SelectMany(piece => Message(1, Text(1, piece.Text), Score(2, piece.Score), Number(3, piece.Kind))),
        .. Message(2, Number(3, type), Number(35, 0), Number(41, 1), Number(42, 2)),
        .. Message(3, Text(1, "identity"), Number(3, 1), Number(4, removesExtraSpaces ? 1 : 0), Number(5, 1)),
    ];

    private static byte[] Message(int field, params byte[][] fields) => Bytes(field, [.. fields.SelectMany(bytes => bytes)]);

    private static byte[] Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

    private static byte[] Bytes(int field, byte[] bytes) => [.. Varint((field << 3) | 2), .. Varint(bytes.Length), .. bytes];

    private static byte[] Number(int field, int value) => [.. Varint(field << 3), .. Varint(value)];

    private static byte[] Score(int field, float value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        return [.. Varint((field << 3) | 5), .. bytes];
    }

    private static byte[] Varint(int value) => value < 0x80 ? [(byte)value] : [(byte)(value | 0x80), .. Varint(value >> 7)];
}
