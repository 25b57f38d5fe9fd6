using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML.Asft.Tokenization;
using Microsoft.ML.Asft.Tokenization.Loading;
using Microsoft.ML.Asft.Tokenization.Models;
using Microsoft.ML.Tokenizers;
using static Microsoft.ML.Asft.Tests.Tokenization.TinyTokenizer;

namespace Microsoft.ML.Asft.Tests.Tokenization;

public class BytePairEncodingTests
{
    [Fact]
    public void Merges_apply_by_rank_and_from_the_left()
    {
        Assert.Equal("ab|ab|a", Tokens(Definition(["a", "b", "ab", "ba"], "a b", "b a"), "ababa"));
        Assert.Equal("a|ba|ba", Tokens(Definition(["a", "b", "ab", "ba"], "b a", "a b"), "ababa"));
        Assert.Equal("aa|aa|a", Tokens(Definition(["a", "aa"], "a a"), "aaaaa"));
    }

    [Fact]
    public void Merges_may_be_pairs_whose_tokens_have_spaces()
    {
        JsonObject definition = Definition(["a", " ", "  ", "  a"]);
        definition["model"]!["merges"] = new JsonArray(new JsonArray(" ", " "), new JsonArray("  ", "a"));
        Assert.Equal("a|  a", Tokens(definition, "a  a"));
    }

    [Fact]
    public void A_model_without_a_type_is_byte_pair_encoding_when_it_has_merges()
    {
        JsonObject definition = Definition(["a", "aa"], "a a");
        definition["model"]!.AsObject().Remove("type");
        Assert.Equal("aa", Tokens(definition, "aa"));
    }

    [Fact]
    public void A_word_in_the_vocabulary_stays_whole_when_merges_are_ignored()
    {
        JsonObject definition = ByteLevel("h e", "l l");
        definition["model"]!["vocab"]!["Ġhello"] = 300;
        Assert.Equal("Ġ|he|ll|o", Tokens(definition, " hello"));
        definition["model"]!["ignore_merges"] = true;
        Assert.Equal("Ġhello", Tokens(definition, " hello"));
    }

    [Fact]
    public void A_character_without_a_token_falls_back_to_its_bytes()
    {
        JsonObject definition = Definition(["a", "<unk>", .. Enumerable.Range(0, 256).Select(value => $"<0x{value:X2}>")]);
        definition["model"]!["byte_fallback"] = true;
        definition["model"]!["unk_token"] = "<unk>";
        Assert.Equal("a|<0xE2>|<0x82>|<0xAC>|a", Tokens(definition, "a€a"));
        definition["model"]!["vocab"]!.AsObject().Remove("<0x82>");
        Assert.Equal("a|<unk>|a", Tokens(definition, "a€a"));
    }

    [Fact]
    public void Unknown_characters_become_the_unknown_token_fused_or_not_and_vanish_without_one()
    {
        JsonObject definition = Definition(["a", "?"]);
        Assert.Equal("a|a", Tokens(definition, "axy😀a"));
        definition["model"]!["unk_token"] = "?";
        Assert.Equal("a|?|?|?|a", Tokens(definition, "axy😀a"));
        definition["model"]!["fuse_unk"] = true;
        Assert.Equal("a|?|a", Tokens(definition, "axy😀a"));
        Assert.Equal([(0, 1), (1, 5), (5, 6)], Ranges(Load(definition), "axy😀a"));
    }

    [Fact]
    public void Prefixes_within_words_and_suffixes_at_their_ends_are_part_of_the_symbols()
    {
        JsonObject definition = Definition(["a", "@b", "@c</w>", "a</w>", "ab", "abc</w>"], "a @b", "ab @c</w>");
        definition["model"]!["continuing_subword_prefix"] = "@";
        definition["model"]!["end_of_word_suffix"] = "</w>";
        definition["pre_tokenizer"] = Step("WhitespaceSplit");
        definition["decoder"] = Step("BPEDecoder", ("suffix", "</w>"));
        Assert.Equal("abc</w>|a</w>", Tokens(definition, "abc a"));
        Assert.Equal("abc a", Load(definition).Decode(Load(definition).EncodeToIds("abc a")));
    }

    [Fact]
    public void Text_is_cut_at_metaspaces_only_where_no_token_crosses_them()
    {
        JsonObject definition = Definition(["a", "▁", "▁a", "a▁a"], "▁ a", "a ▁a");
        Assert.Equal("a▁a", Tokens(definition, "a▁a"));
        definition["model"]!["vocab"]!.AsObject().Remove("a▁a");
        definition["model"]!["merges"]!.AsArray().RemoveAt(1);
        Assert.Equal("a|▁a|▁|▁a", Tokens(definition, "a▁a▁▁a"));
    }

    [Fact]
    public void Lone_surrogates_are_read_as_the_replacement_character()
    {
        HuggingFaceTokenizer tokenizer = Load(ByteLevel());
        Assert.Equal([(int)'a', 0xEF, 0xBF, 0xBD, 'b'], tokenizer.EncodeToIds("a\uD800b"));
        Assert.Equal([0xEF, 0xBF, 0xBD], tokenizer.EncodeToIds("\uDE00"));
        Assert.Equal([0xF0, 0x9F, 0x98, 0x80], tokenizer.EncodeToIds("😀"));
    }

    [Fact]
    public void A_limit_ends_the_tokens_and_says_how_much_of_the_text_they_cover()
    {
        HuggingFaceTokenizer tokenizer = Load(ByteLevel("a b"));
        Assert.Equal([256, 'c'], tokenizer.EncodeToIds("abc abc", 2, out string? normalized, out int consumed));
        Assert.Null(normalized);
        Assert.Equal(3, consumed);
        Assert.Equal(5, tokenizer.CountTokens("abc abc"));
        Assert.Equal(6, tokenizer.GetIndexByTokenCount("abc abc", 4, out _, out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.EncodeToIds("abc", 0, out _, out _));
    }

    [Fact]
    public void Tokens_are_those_of_the_library_s_own_encoder_whatever_the_merges()
    {
        Gen<(string[] Merges, string Text)> inputs =
            from size in Gen.Choose(1, 25)
            from picks in Gen.Choose(0, int.MaxValue - 1).ListOf(2 * size)
            from text in Gen.Elements('a', 'b', 'c', 'd').ListOf(60)
            select (RandomMerges([.. picks]), new string([.. text]));
        Prop.ForAll(Arb.From(inputs), input => Assert.Equal(Reference(input.Merges, input.Text), Own(input.Merges, input.Text)))
            .QuickCheckThrowOnFailure();

        static IEnumerable<int> Own(string[] merges, string text) => Load(Definition(Vocabulary(merges), merges)).EncodeToIds(text);

        static IEnumerable<int> Reference(string[] merges, string text)
        {
            BpeOptions options = new(Vocabulary(merges).Select((token, id) => KeyValuePair.Create(token, id))) { Merges = merges };
            return BpeTokenizer.Create(options).EncodeToIds(text, considerPreTokenization: false);
        }

        static string[] Vocabulary(string[] merges)
        {
            IEnumerable<string> merged = merges.Select(merge => merge.Replace(" ", "", StringComparison.Ordinal));
            return [.. "abcd".Select(c => c.ToString()).Concat(merged).Distinct()];
        }
    }

    [Theory]
    [InlineData("a")]
    [InlineData("ab")]
    [InlineData("é")]
    public void Eight_times_the_letters_without_a_space_take_about_eight_times_the_work(string letters)
    {
        var counter = new LookupCounter();
        JsonObject definition = ByteLevel("a a", "aa aa", "aaaa aaaa", "a b", "ab ab", "Ã ©", "Ã© Ã©");
        HuggingFaceTokenizer tokenizer = LoadCounted(definition, counter);
        string text = string.Concat(Enumerable.Repeat(letters, 80_000 / letters.Length));
        var (lookups, memory) = WorkFor(text[..10_000]);
        var (moreLookups, moreMemory) = WorkFor(text);

        // A quadratic loop would do 64 times as much.
        Assert.InRange(lookups, 10_000 / letters.Length, 80_000);
        Assert.InRange((double)moreLookups / lookups, 7.9, 8.1);
        Assert.InRange((double)moreMemory / memory, 1, 16);

        (long Lookups, long Memory) WorkFor(string word)
        {
            (long lookups, long memory) = (counter.Count, GC.GetAllocatedBytesForCurrentThread());
            tokenizer.EncodeToIds(word);
            return (counter.Count - lookups, GC.GetAllocatedBytesForCurrentThread() - memory);
        }
    }

    private static HuggingFaceTokenizer LoadCounted(JsonObject definition, LookupCounter counter)
    {
        TokenizerParts parts = TokenizerJson.Read("tokenizer.json", Encoding.UTF8.GetBytes(definition.ToJsonString()));
        BytePairModel model = Assert.IsType<BytePairEncoder>(parts.Model).Model;
        return new HuggingFaceTokenizer(parts with { Model = new BytePairEncoder(model with { Merges = new(model.Merges, counter) }) });
    }

    // Each merge joins two of the symbols there are, so that none needs a token that is not there.
    private static string[] RandomMerges(int[] picks)
    {
        List<string> symbols = ["a", "b", "c", "d"];
        List<string> merges = [];
        for (int i = 0; i + 1 < picks.Length; i += 2)
        {
            string merge = $"{symbols[picks[i] % symbols.Count]} {symbols[picks[i + 1] % symbols.Count]}";
            string joined = merge.Replace(" ", "", StringComparison.Ordinal);
            if (!merges.Contains(merge) && joined.Length < 10)
            {
                merges.Add(merge);
                symbols.Add(joined);
            }
        }

        return [.. merges];
    }

    private static IEnumerable<(int Start, int End)> Ranges(HuggingFaceTokenizer tokenizer, string text) =>
        tokenizer.EncodeToTokens(text, out _).Select(token => (token.Offset.Start.Value, token.Offset.End.Value));

    /// <summary>Counts how often a pair is looked up among the merges, which is what the encoder's loop does.</summary>
    private sealed class LookupCounter : IEqualityComparer<(int Left, int Right)>
    {
        public long Count { get; private set; }

        public bool Equals((int Left, int Right) x, (int Left, int Right) y) => x == y;

        public int GetHashCode((int Left, int Right) pair)
        {
            Count++;
            return pair.GetHashCode();
        }
    }
}
