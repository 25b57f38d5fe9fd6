using System.Buffers;

namespace Microsoft.ML.Tokenizers.Tests;

/// <summary>What the base class makes of a tokenizer that only says the least it has to.</summary>
public class TokenizerTests
{
    private readonly LetterTokenizer _tokenizer = new();

    [Fact]
    public void Ids_and_counts_come_from_the_tokens()
    {
        Assert.Equal(['a', 'b'], _tokenizer.EncodeToIds("ab"));
        Assert.Equal(['a', 'b'], _tokenizer.EncodeToIds("ab".AsSpan()));
        Assert.Equal(2, _tokenizer.CountTokens("ab"));
        Assert.Equal(2, _tokenizer.CountTokens("ab".AsSpan()));
        Assert.Equal(["a", "b"], _tokenizer.EncodeToTokens("ab".AsSpan(), out _).Select(token => token.Value));
        Assert.Null(_tokenizer.PreTokenizer);
        Assert.Null(_tokenizer.Normalizer);
    }

    [Fact]
    public void Settings_reach_the_tokenizer()
    {
        _tokenizer.EncodeToIds("ab", considerPreTokenization: false);
        Assert.Equal((false, true, int.MaxValue), _tokenizer.Seen);
        _tokenizer.EncodeToIds("ab", 7, out string? normalized, out int consumed, considerNormalization: false);
        Assert.Equal((true, false, 7), _tokenizer.Seen);
        Assert.Equal("AB", normalized);
        Assert.Equal(2, consumed);
    }

    [Fact]
    public void An_index_is_that_of_the_last_or_first_token_within_the_limit()
    {
        Assert.Equal(2, _tokenizer.GetIndexByTokenCount("abc", 2, out string? normalized, out int count));
        Assert.Equal(("ABC", 2), (normalized, count));
        Assert.Equal(1, _tokenizer.GetIndexByTokenCountFromEnd("abc", 2, out _, out count));
        Assert.Equal(2, count);
        Assert.Equal(3, _tokenizer.GetIndexByTokenCountFromEnd("abc", 0, out _, out count));
        Assert.Equal(0, _tokenizer.GetIndexByTokenCount("abc", 0, out _, out count));
        Assert.Equal(3, _tokenizer.GetIndexByTokenCount("abc".AsSpan(), 9, out _, out count));
        Assert.Equal(3, count);
    }

    [Fact]
    public void Decoding_finds_room_for_the_text()
    {
        string text = new('x', 100_000);
        Assert.Equal(text, _tokenizer.Decode(text.Select(c => (int)c)));
        Assert.Equal(text, _tokenizer.Decode([.. text.Select(c => (int)c)]));
        Assert.Equal("", _tokenizer.Decode([]));
        Assert.Throws<InvalidOperationException>(() => _tokenizer.Decode([-1]));
        Assert.Throws<ArgumentNullException>(() => _tokenizer.Decode(null!));
    }

    private sealed class LetterTokenizer : Tokenizer
    {
        public (bool PreTokenize, bool Normalize, int Limit) Seen { get; private set; }

        public override OperationStatus Decode(IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten)
        {
            idsConsumed = 0;
            charsWritten = 0;
            foreach (int id in ids)
            {
                if (id < 0)
                {
                    return OperationStatus.InvalidData;
                }

                if (charsWritten == destination.Length)
                {
                    return OperationStatus.DestinationTooSmall;
                }

                destination[charsWritten++] = (char)id;
                idsConsumed++;
            }

            return OperationStatus.Done;
        }

        protected override EncodeResults<EncodedToken> EncodeToTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
        {
            Seen = (settings.ConsiderPreTokenization, settings.ConsiderNormalization, settings.MaxTokenCount);
            string whole = text ?? textSpan.ToString();
            return new EncodeResults<EncodedToken>
            {
                Tokens = [.. whole.Select((c, i) => new EncodedToken(c, c.ToString(), i..(i + 1)))],
                NormalizedText = whole.ToUpperInvariant(),
                CharsConsumed = whole.Length,
            };
        }
    }
}
