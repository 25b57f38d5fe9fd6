using System.Text.RegularExpressions;

namespace Microsoft.ML.Tokenizers.Tests;

public class PreTokenizerTests
{
    [Fact]
    public void Ready_made_ones_split_at_words_spaces_and_punctuation()
    {
        Assert.Equal(["it", "'", "s", "a_1", "!?"], Pieces(PreTokenizer.CreateWordOrNonWord(), "it's  a_1!?"));
        Assert.Equal(["it", "'", "s", "a_1", "!", "?"], Pieces(PreTokenizer.CreateWordOrPunctuation(), "it's  a_1!?"));
        Assert.Equal(["it's", "a_1!?"], Pieces(PreTokenizer.CreateWhiteSpace(), "it's  a_1!?"));
        Assert.Same(PreTokenizer.CreateWhiteSpace(), PreTokenizer.CreateWhiteSpace());
    }

    [Fact]
    public void What_the_pattern_does_not_match_is_left_out_and_special_tokens_stay_whole()
    {
        RegexPreTokenizer plain = new(new Regex("[a-z]+"), null);
        Assert.Equal(["ab", "s", "c"], Pieces(plain, "1ab2<s>c"));
        RegexPreTokenizer special = new(new Regex("[a-z]+"), new Dictionary<string, int> { ["<s>"] = 1, ["<t|u>"] = 2 });
        Assert.Equal(["ab", "<s>", "c", "<t|u>"], Pieces(special, "1ab2<s>c<t|u>"));
    }

    [Fact]
    public void Places_refer_to_the_whole_text_and_nothing_comes_of_nothing()
    {
        RegexPreTokenizer splitter = new(new Regex(@"\w+|\s+"), null);
        Assert.Equal([(0, 2), (2, 1), (3, 1)], splitter.PreTokenize("ab c"));
        Assert.Equal([(0, 2), (2, 1), (3, 1)], splitter.PreTokenize("ab c".AsSpan()));
        Assert.Empty(splitter.PreTokenize(""));
        Assert.Empty(splitter.PreTokenize([]));
        Assert.Throws<ArgumentNullException>(() => new RegexPreTokenizer(null!, null));
    }

    [Fact]
    public void A_pattern_does_not_see_beyond_the_place_it_has_reached()
    {
        // Each piece is matched on its own, so the beginning of the rest counts as the beginning of a text.
        Assert.Equal(["a", "b"], Pieces(new RegexPreTokenizer(new Regex("^[a-z]"), null), "ab1c"));
    }

    private static IEnumerable<string> Pieces(PreTokenizer preTokenizer, string text) =>
        preTokenizer.PreTokenize(text).Select(piece => text.Substring(piece.Offset, piece.Length)).ToArray();
}
