namespace Microsoft.ML.Tokenizers.Tests;

public class BpeTokenizerTests
{
    private static readonly string[] Merges = ["h e", "l l", "he ll", "hell o", "Ġ w"];

    [Fact]
    public void Merges_apply_by_rank_and_from_the_left()
    {
        Assert.Equal(["ab", "ab", "a"], Values(Create(["a", "b", "ab", "ba"], ["a b", "b a"]), "ababa"));
        Assert.Equal(["a", "ba", "ba"], Values(Create(["a", "b", "ab", "ba"], ["b a", "a b"]), "ababa"));
        Assert.Equal(["aa", "aaa"], Values(Create(["a", "aa", "aaa"], ["a a", "aa a"]), "aaaaa"));
    }

    [Fact]
    public void Tokens_have_ids_texts_and_places()
    {
        BpeTokenizer tokenizer = Create(["a", "b", "ab"], ["a b"]);
        IReadOnlyList<EncodedToken> tokens = tokenizer.EncodeToTokens("ab ba", out string? normalized);
        Assert.Null(normalized);
        Assert.Equal([new EncodedToken(2, "ab", 0..2), new EncodedToken(1, "b", 3..4), new EncodedToken(0, "a", 4..5)], tokens);
        Assert.Equal([2, 1, 0], tokenizer.EncodeToIds("ab ba"));
        Assert.Equal([2, 1, 0], tokenizer.EncodeToIds("ab ba".AsSpan()));
        Assert.Equal(3, tokenizer.CountTokens("ab ba"));
        Assert.Empty(tokenizer.EncodeToIds(""));
    }

    [Fact]
    public void Byte_level_tokens_know_the_characters_their_bytes_come_from()
    {
        BpeTokenizer tokenizer = ByteLevel();
        IReadOnlyList<EncodedToken> tokens = tokenizer.EncodeToTokens("hello wé", out _, considerPreTokenization: false);
        Assert.Equal(["hello", "Ġw", "Ã", "©"], tokens.Select(token => token.Value));
        Assert.Equal([0..5, 5..7, 7..8, 7..8], tokens.Select(token => token.Offset));
        Assert.Equal(tokens.Select(token => token.Id), tokenizer.EncodeToIds("hello wé", considerPreTokenization: false));
    }

    [Theory]
    [InlineData("hello world")]
    [InlineData("naïve €5 — 😀!")]
    [InlineData("\0\t\r\n\u007f\u00a0\u00ad")]
    public void Byte_level_text_comes_back_as_it_was(string text)
    {
        BpeTokenizer tokenizer = ByteLevel();
        IReadOnlyList<int> ids = tokenizer.EncodeToIds(text, considerPreTokenization: false);
        Assert.Equal(text, tokenizer.Decode(ids));
        char[] destination = new char[text.Length];
        Assert.Equal(System.Buffers.OperationStatus.Done, tokenizer.Decode(ids, destination, out int consumed, out int written));
        Assert.Equal((ids.Count, text.Length), (consumed, written));
        Assert.Equal(text, new string(destination));
    }

    [Fact]
    public void Bytes_that_are_not_UTF_8_decode_to_replacement_characters()
    {
        BpeTokenizer tokenizer = ByteLevel();
        int id = tokenizer.Vocabulary["Ã"];
        Assert.Equal("\uFFFDa", tokenizer.Decode([id, tokenizer.Vocabulary["a"]]));
    }

    [Fact]
    public void A_destination_that_is_too_small_says_so()
    {
        BpeTokenizer tokenizer = ByteLevel();
        IReadOnlyList<int> ids = tokenizer.EncodeToIds("hello", considerPreTokenization: false);
        Assert.Equal(
            System.Buffers.OperationStatus.DestinationTooSmall, tokenizer.Decode(ids, new char[4], out int consumed, out int written));
        Assert.Equal((0, 0), (consumed, written));
    }

    [Fact]
    public void Special_tokens_are_found_by_the_pre_tokenizer_and_can_be_left_out_of_the_text()
    {
        Dictionary<string, int> special = new() { ["<|end|>"] = 1000 };
        BpeTokenizer tokenizer = ByteLevel(special);
        Assert.Same(special, tokenizer.SpecialTokens);
        IReadOnlyList<int> ids = tokenizer.EncodeToIds("hello<|end|>hello");
        Assert.Equal([tokenizer.Vocabulary["hello"], 1000, tokenizer.Vocabulary["hello"]], ids);
        Assert.Equal("hello<|end|>hello", tokenizer.Decode(ids));
        Assert.Equal("hellohello", tokenizer.Decode(ids, considerSpecialTokens: false));
    }

    [Fact]
    public void Sentence_tokens_surround_the_text()
    {
        BpeOptions options = Options(["a", "<s>", "</s>"], []);
        options.BeginningOfSentenceToken = "<s>";
        options.EndOfSentenceToken = "</s>";
        BpeTokenizer tokenizer = BpeTokenizer.Create(options);
        Assert.Equal([1, 0, 2], tokenizer.EncodeToIds("a"));
        Assert.Equal(["<s>", "a", "</s>"], Values(tokenizer, "a"));
        Assert.Equal(3, tokenizer.CountTokens("a"));
        Assert.Equal("<s>", tokenizer.BeginningOfSentenceToken);
    }

    [Fact]
    public void Unknown_characters_become_the_unknown_token_or_vanish()
    {
        Assert.Equal(["a", "a"], Values(Create(["a", "?"], []), "axxa"));
        BpeOptions options = Options(["a", "?"], []);
        options.UnknownToken = "?";
        Assert.Equal(["a", "?", "?", "a"], Values(BpeTokenizer.Create(options), "axxa"));
        options.FuseUnknownTokens = true;
        BpeTokenizer fused = BpeTokenizer.Create(options);
        Assert.Equal(["a", "?", "a"], Values(fused, "axxa"));
        Assert.Equal("aa", fused.Decode([0, 1, 0], considerSpecialTokens: false));
        Assert.Equal("a?a", fused.Decode([0, 1, 0]));
        Assert.True(fused.FuseUnknownTokens);
        Assert.Equal("?", fused.UnknownToken);
    }

    [Fact]
    public void Prefixes_within_words_and_suffixes_at_their_ends_are_part_of_the_symbols()
    {
        BpeOptions options = Options(["a", "@b", "@c</w>", "a</w>", "ab", "abc</w>"], ["a @b", "ab @c</w>"]);
        options.ContinuingSubwordPrefix = "@";
        options.EndOfWordSuffix = "</w>";
        BpeTokenizer tokenizer = BpeTokenizer.Create(options);
        Assert.Equal(["abc</w>", "a</w>"], Values(tokenizer, "abc a"));
        Assert.Equal("abc a", tokenizer.Decode([5, 3]));
        Assert.Equal(("@", "</w>"), (tokenizer.ContinuingSubwordPrefix, tokenizer.EndOfWordSuffix));
    }

    [Fact]
    public void A_limit_on_the_tokens_tells_how_far_they_reach()
    {
        BpeTokenizer tokenizer = Create(["a", "b", "ab"], ["a b"]);
        Assert.Equal([2, 2], tokenizer.EncodeToIds("ab abb", 2, out _, out int consumed));
        Assert.Equal(5, consumed);
        Assert.Equal(5, tokenizer.GetIndexByTokenCount("ab abb", 2, out _, out int count));
        Assert.Equal(2, count);
        Assert.Equal(3, tokenizer.GetIndexByTokenCountFromEnd("ab abb", 2, out _, out count));
        Assert.Equal(2, count);
        Assert.Equal(0, tokenizer.GetIndexByTokenCountFromEnd("ab abb", 9, out _, out count));
        Assert.Equal(3, count);
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.EncodeToIds("ab", 0, out _, out _));
    }

    [Fact]
    public void The_normalizer_comes_first_and_its_text_is_handed_out()
    {
        BpeOptions options = Options(["a", "b"], []);
        options.Normalizer = LowerCaseNormalizer.Instance;
        BpeTokenizer tokenizer = BpeTokenizer.Create(options);
        Assert.Equal([0, 1], tokenizer.EncodeToTokens("AB", out string? normalized).Select(token => token.Id));
        Assert.Equal("ab", normalized);
        Assert.Empty(tokenizer.EncodeToIds("AB", considerNormalization: false));
        Assert.Same(LowerCaseNormalizer.Instance, tokenizer.Normalizer);
    }

    [Fact]
    public void Options_that_contradict_each_other_are_refused()
    {
        Assert.Throws<ArgumentNullException>(() => BpeTokenizer.Create((BpeOptions)null!));
        Assert.Throws<ArgumentNullException>(() => new BpeOptions((IEnumerable<KeyValuePair<string, int>>)null!));
        Assert.Throws<InvalidOperationException>(() => Create([], []));
        Assert.Throws<InvalidOperationException>(() => Create(["a", "b"], ["a b"]));
        Assert.Throws<InvalidOperationException>(() => Create(["a", "ab"], ["a b"]));
        Assert.Throws<InvalidOperationException>(() => Create(["a", "aa"], ["aa"]));
        Assert.Throws<InvalidOperationException>(() => Create(["a", "aa"], ["a a a"]));
        Assert.Throws<InvalidOperationException>(() => Create(["a"], [null!]));
        Assert.ThrowsAny<ArgumentException>(() => Create(["a", "aa"], ["a a", "a a"]));
        Assert.ThrowsAny<ArgumentException>(() => BpeTokenizer.Create(new BpeOptions([new("a", 0), new("b", 0)])));
        BpeOptions unknown = Options(["a"], []);
        unknown.UnknownToken = "?";
        Assert.Throws<InvalidOperationException>(() => BpeTokenizer.Create(unknown));
        Assert.Throws<ArgumentNullException>(() => Create(["a"], []).Decode(null!));
    }

    private static BpeTokenizer Create(string[] tokens, string[] merges) => BpeTokenizer.Create(Options(tokens, merges));

    private static BpeOptions Options(string[] tokens, string[] merges) =>
        new(tokens.Select((token, id) => KeyValuePair.Create(token, id))) { Merges = merges };

    private static BpeTokenizer ByteLevel(Dictionary<string, int>? special = null)
    {
        IEnumerable<string> bytes = ByteAlphabet().Select(c => c.ToString());
        string[] tokens = [.. bytes, .. Merges.Select(merge => merge.Replace(" ", "", StringComparison.Ordinal))];
        BpeOptions options = Options(tokens, Merges);
        options.ByteLevel = true;
        options.SpecialTokens = special;
        options.PreTokenizer = PreTokenizer.CreateWordOrNonWord(special);
        return BpeTokenizer.Create(options);
    }

    // GPT-2's: bytes that print stand for themselves, the others for the characters from U+0100 on.
    private static IEnumerable<char> ByteAlphabet()
    {
        char standIn = '\u0100';
        for (int value = 0; value < 256; value++)
        {
            yield return value is (>= 0x21 and <= 0x7E) or (>= 0xA1 and <= 0xAC) or >= 0xAE ? (char)value : standIn++;
        }
    }

    private static IEnumerable<string> Values(BpeTokenizer tokenizer, string text) =>
        tokenizer.EncodeToTokens(text, out _).Select(token => token.Value);
}
