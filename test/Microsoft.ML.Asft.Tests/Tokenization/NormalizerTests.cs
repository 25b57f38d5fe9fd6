using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Tokenization;
using Microsoft.ML.Asft.Tokenization.Normalizers;
using Microsoft.ML.Tokenizers;
using static Microsoft.ML.Asft.Tests.Tokenization.TinyTokenizer;

namespace Microsoft.ML.Asft.Tests.Tokenization;

public class NormalizerTests
{
    // Source, NFC and NFD (null where it is the same as NFC): rows of Unicode's NormalizationTest.txt.
    [Theory]
    [InlineData("1E0A", "1E0A", "0044 0307")]
    [InlineData("1E0A 0323", "1E0C 0307", "0044 0323 0307")]
    [InlineData("1E0C 0307", "1E0C 0307", "0044 0323 0307")]
    [InlineData("0044 0307 0323", "1E0C 0307", "0044 0323 0307")]
    [InlineData("1E14 0304", "1E14 0304", "0045 0304 0300 0304")]
    [InlineData("05B8 05B9 05B1 0591 05C3", "05B1 05B8 05B9 0591 05C3", "05B1 05B8 05B9 0591 05C3")]
    [InlineData("0592 05B7 05BC 05A5 05B0 05C0 05C4 05AD", "05B0 05B7 05BC 05A5 0592 05C0 05AD 05C4", null)]
    [InlineData("1100 AC00 11A8", "1100 AC01", "1100 1100 1161 11A8")]
    [InlineData("1100 AC00 11A8 11A8", "1100 AC01 11A8", "1100 1100 1161 11A8 11A8")]
    [InlineData("0958", "0915 093C", "0915 093C")]
    [InlineData("212B", "00C5", "0041 030A")]
    [InlineData("F900", "8C48", "8C48")]
    [InlineData("1D15F", "1D158 1D165", "1D158 1D165")]
    [InlineData("110A5 110BA", "110AB", "110A5 110BA")]
    [InlineData("0B47 0300 0B3E", "0B47 0300 0B3E", "0B47 0300 0B3E")]
    [InlineData("0061 0315 0300 05AE 0062", "00E0 05AE 0315 0062", "0061 05AE 0300 0315 0062")]
    [InlineData("03B1 0345 0301", "1FB4", "03B1 0301 0345")]
    public void Canonical_forms_are_those_of_the_Unicode_standard(string source, string composed, string? decomposed)
    {
        UnicodeNormalizer composer = new(compose: true);
        Assert.Equal(Text(composed), composer.Normalize(Text(source)));
        Assert.Equal(Text($"0078 {composed} 0079"), composer.Normalize(Text($"0078 {source} 0079")));
        Assert.Equal(Text(decomposed ?? composed), new UnicodeNormalizer(compose: false).Normalize(Text(source)));

        static string Text(string codes) =>
            string.Concat(codes.Split(' ').Select(code => char.ConvertFromUtf32(Convert.ToInt32(code, 16))));
    }

    // Answers of Hugging Face's library: marks of all kinds go, those that came after Unicode 9.0 stay.
    [Theory]
    [InlineData("é", "e")]
    [InlineData("की", "क")]
    [InlineData("a\u20DD", "a")]
    [InlineData("தமிழ்", "தமழ")]
    [InlineData("\u0488x", "x")]
    [InlineData("n\u0303\u0323", "n")]
    [InlineData("a\U0001D165b", "ab")]
    [InlineData("\u1CF2a", "a")]
    [InlineData("a\u0898", "a\u0898")]
    [InlineData("a\u1ABF", "a\u1ABF")]
    public void Accents_are_all_combining_marks_of_Unicode_9(string text, string expected) => Assert.Equal(
        expected, new NormalizerSequence([new UnicodeNormalizer(compose: false), new StripAccentsNormalizer()]).Normalize(text));

    // Compatibility forms: rows of Unicode's NormalizationTest.txt that are the same in version 9.0.
    [Theory]
    [InlineData("00A0", "0020", "0020")]
    [InlineData("FB01", "0066 0069", "0066 0069")]
    [InlineData("1E9B 0323", "1E69", "0073 0323 0307")]
    [InlineData("FF76 FF9E", "30AC", "30AB 3099")]
    [InlineData("00BD", "0031 2044 0032", "0031 2044 0032")]
    [InlineData("FDFA", "0635 0644 0649 0020 0627 0644 0644 0647 0020 0639 0644 064A 0647 0020 0648 0633 0644 0645",
        "0635 0644 0649 0020 0627 0644 0644 0647 0020 0639 0644 064A 0647 0020 0648 0633 0644 0645")]
    [InlineData("1D7D8", "0030", "0030")]
    [InlineData("3131 314F", "AC00", "1100 1161")]
    [InlineData("32FF", "32FF", "32FF")]
    public void Compatibility_forms_are_those_of_the_Unicode_standard(string source, string composed, string decomposed)
    {
        Assert.Equal(Text(composed), new UnicodeNormalizer(compose: true, compatible: true).Normalize(Text(source)));
        Assert.Equal(Text(decomposed), new UnicodeNormalizer(compose: false, compatible: true).Normalize(Text(source)));

        static string Text(string codes) =>
            string.Concat(codes.Split(' ').Select(code => char.ConvertFromUtf32(Convert.ToInt32(code, 16))));
    }

    // Marks that came after Unicode 9.0 are no marks here, so others do not change places with them.
    [Theory]
    [InlineData("\u0898\u0323")]
    [InlineData("a\u08D3\u0301")]
    [InlineData("\U00011935\U00011930")]
    public void Newer_marks_stay_where_they_are(string text) => Assert.Equal(text, new UnicodeNormalizer(compose: true).Normalize(text));

    // A map whose only key is the space, which becomes an underscore. As in the library, a short cluster whose beginning is a key is
    // replaced as a whole, so the mark goes too.
    [Theory]
    [InlineData("a b", "a_b")]
    [InlineData("a \u0301b", "a_b")]
    [InlineData("a \u1AE1b", "a_b")]
    [InlineData("a \u1AE1\u0301\u0301b", "a_\u1AE1\u0301\u0301b")]
    [InlineData("\n\u1AE1", "\n\u1AE1")]
    public void Character_maps_replace_clusters(string text, string expected)
    {
        // Unit 0 leads to the label 0x20, whose value, 0, is that of the replacement "_".
        uint[] units = new uint[64];
        units[0] = 1 << 10;
        units[1 ^ 0x20] = 0x20 | (1 << 8) | ((0x21 ^ 0x30) << 10);
        units[0x30] = 0x80000000;
        byte[] map = [.. BitConverter.GetBytes(units.Length * 4), .. units.SelectMany(BitConverter.GetBytes), (byte)'_', 0];
        Assert.Equal(expected, new PrecompiledNormalizer(CharacterMap.Parse(map)).Normalize(text));
    }

    [Fact]
    public void A_long_run_of_combining_marks_is_no_burden()
    {
        string marks = string.Concat(Enumerable.Repeat("\u0301\u0323", 100_000));
        string composed = new UnicodeNormalizer(compose: true).Normalize("a" + marks);
        Assert.StartsWith("\u1EA1\u0323", composed);
        Assert.Equal(200_000, composed.Length);
    }

    [Theory]
    [InlineData("""{"type":"Lowercase"}""", "HÉLLO İX", "héllo i\u0307x")]
    [InlineData("""{"type":"Strip","strip_left":true,"strip_right":false}""", " \t a ", "a ")]
    [InlineData("""{"type":"Strip","strip_left":true,"strip_right":true}""", "   ", "")]
    [InlineData("""{"type":"Prepend","prepend":"▁"}""", "a", "▁a")]
    [InlineData("""{"type":"Prepend","prepend":"▁"}""", "", "")]
    [InlineData("""{"type":"Replace","pattern":{"String":" "},"content":"▁"}""", " a b", "▁a▁b")]
    [InlineData("""{"type":"Replace","pattern":{"Regex":" {2,}"},"content":" "}""", "a    b c", "a b c")]
    [InlineData("""{"type":"Sequence","normalizers":[{"type":"NFD"},{"type":"StripAccents"}]}""", "Ängström", "Angstrom")]
    public void Normalizers_of_the_file_change_the_text(string normalizer, string text, string expected)
    {
        JsonObject definition = Definition(["a"]);
        definition["normalizer"] = JsonNode.Parse(normalizer);
        Assert.Equal(expected, Load(definition).Normalizer!.Normalize(text));
    }

    [Fact]
    public void Offsets_point_into_the_text_before_normalization()
    {
        JsonObject definition = ByteLevel("Ã ©", "c a");
        definition["normalizer"] = Step("NFC");
        IReadOnlyList<EncodedToken> tokens = Load(definition).EncodeToTokens("cafe\u0301!", out string? normalized);
        Assert.Null(normalized);
        Assert.Equal(["ca", "f", "Ã©", "!"], tokens.Select(token => token.Value));
        Assert.Equal([0..2, 2..3, 3..5, 5..6], tokens.Select(token => token.Offset));
    }

    [Fact]
    public void What_stands_for_nothing_in_the_text_has_an_empty_range()
    {
        JsonObject definition = Definition(["▁", "a", "b"]);
        definition["normalizer"] = Step("Sequence", ("normalizers", new JsonArray(
            Step("Prepend", ("prepend", "▁")),
            Step("Replace", ("pattern", new JsonObject { ["String"] = " " }), ("content", "▁")))));
        IReadOnlyList<EncodedToken> tokens = Load(definition).EncodeToTokens("a b", out _);
        Assert.Equal(["▁", "a", "▁", "b"], tokens.Select(token => token.Value));
        Assert.Equal([0..0, 0..1, 1..2, 2..3], tokens.Select(token => token.Offset));
    }

    [Fact]
    public void Normalization_can_be_left_out()
    {
        JsonObject definition = Definition(["a", "A"]);
        definition["normalizer"] = Step("Lowercase");
        HuggingFaceTokenizer tokenizer = Load(definition);
        Assert.Equal([0], tokenizer.EncodeToIds("A"));
        Assert.Equal([1], tokenizer.EncodeToIds("A", considerNormalization: false));
    }
}
