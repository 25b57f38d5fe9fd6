using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Tokenization;
using Microsoft.ML.Tokenizers;
using static Microsoft.ML.Asft.Tests.Tokenization.TinyTokenizer;

namespace Microsoft.ML.Asft.Tests.Tokenization;

public class PreTokenizerTests
{
    // What the documentation of Hugging Face's Split shows for "the-final--countdown".
    [Theory]
    [InlineData("Removed", "the|final|countdown")]
    [InlineData("Isolated", "the|-|final|-|-|countdown")]
    [InlineData("MergedWithPrevious", "the-|final-|-|countdown")]
    [InlineData("MergedWithNext", "the|-final|-|-countdown")]
    [InlineData("Contiguous", "the|-|final|--|countdown")]
    public void Split_treats_its_matches_as_the_behavior_says(string behavior, string expected)
    {
        JsonObject step = Step("Split", ("pattern", new JsonObject { ["String"] = "-" }), ("behavior", behavior), ("invert", false));
        Assert.Equal(expected, Pieces(step, "the-final--countdown"));
    }

    [Theory]
    [InlineData("""{"type":"Split","pattern":{"Regex":"\\p{N}{1,3}"},"behavior":"Isolated","invert":false}""", "a12345b", "a|123|45|b")]
    [InlineData("""{"type":"Split","pattern":{"Regex":"\\w+"},"behavior":"Removed","invert":true}""", "ab, cd", "ab|cd")]
    [InlineData("""{"type":"Split","pattern":{"Regex":"(?=b)"},"behavior":"Isolated","invert":false}""", "abab", "a|ba|b")]
    [InlineData("""{"type":"Digits","individual_digits":true}""", "a12²b", "a|1|2|²|b")]
    [InlineData("""{"type":"Digits","individual_digits":false}""", "a12²b", "a|12²|b")]
    [InlineData("""{"type":"Punctuation"}""", "a?!$b", "a|?|!|$|b")]
    [InlineData("""{"type":"Punctuation","behavior":"Contiguous"}""", "a?!b", "a|?!|b")]
    [InlineData("""{"type":"Whitespace"}""", "Hey, you\u3000there 😀", "Hey|,|you|there|😀")]
    [InlineData("""{"type":"WhitespaceSplit"}""", "Hey, you\u3000there", "Hey,|you|there")]
    [InlineData("""{"type":"CharDelimiterSplit","delimiter":"x"}""", "axbxxc", "a|b|c")]
    [InlineData("""{"type":"ByteLevel","add_prefix_space":true,"use_regex":true}""", "it's 12 o'clock", "it|'s| 12| o|'|clock")]
    [InlineData("""{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}""", "it's 12", "it's 12")]
    [InlineData(
        """
        {"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},{"type":"ByteLevel","add_prefix_space":false}]}
        """,
        "ab 12 cd",
        "ab| |1|2| cd")]
    public void Pre_tokenizers_of_the_file_split_the_text(string step, string text, string expected) =>
        Assert.Equal(expected, Pieces(JsonNode.Parse(step)!, text));

    [Theory]
    [InlineData("always", true, "▁a|▁b", "▁b")]
    [InlineData("first", true, "▁a|▁b", "b")]
    [InlineData("never", true, "a|▁b", "b")]
    [InlineData("always", false, "▁a▁b", "▁b")]
    public void Metaspace_marks_spaces_and_the_beginning(string scheme, bool split, string first, string second)
    {
        JsonObject definition = Definition(["▁", "a", "b", "▁a", "▁b", "▁a▁", "▁a▁b", "#"], "▁ a", "▁ b", "▁a ▁", "▁a▁ b");
        definition["pre_tokenizer"] = Step("Metaspace", ("replacement", "▁"), ("prepend_scheme", scheme), ("split", split));
        definition["added_tokens"] = new JsonArray(AddedToken(7, "#"));
        Assert.Equal(split ? $"{first}|#|{second}" : "▁a|▁b|#|▁b", Tokens(definition, "a b#b"));
    }

    [Fact]
    public void Characters_beyond_the_basic_plane_are_letters_digits_or_symbols_as_Unicode_says()
    {
        // GPT-2's pattern: mathematical bold letters and digits, a Gothic letter, an emoji.
        JsonNode step = JsonNode.Parse("""{"type":"ByteLevel","add_prefix_space":false,"use_regex":true}""")!;
        Assert.Equal("a𝐀𐌰| 𝟏2|😀!| 😀", Pieces(step, "a𝐀𐌰 𝟏2😀! 😀"));
    }

    [Fact]
    public void Pre_tokenization_can_be_left_out()
    {
        JsonObject definition = Definition(["a", "b", "ab"], "a b");
        definition["pre_tokenizer"] = Step("Split", ("pattern", new JsonObject { ["Regex"] = "." }), ("behavior", "Isolated"));
        HuggingFaceTokenizer tokenizer = Load(definition);
        Assert.Equal([0, 1], tokenizer.EncodeToIds("ab"));
        Assert.Equal([2], tokenizer.EncodeToIds("ab", considerPreTokenization: false));
    }

    private static string Pieces(JsonNode step, string text)
    {
        JsonObject definition = Definition(["a"]);
        definition["pre_tokenizer"] = step.DeepClone();
        PreTokenizer preTokenizer = Load(definition).PreTokenizer!;
        return string.Join('|', preTokenizer.PreTokenize(text).Select(piece => text.Substring(piece.Offset, piece.Length)));
    }
}
