using Microsoft.ML.Asft.Tokenization.Streaming;
using Microsoft.ML.Tokenizers;

namespace Microsoft.ML.Asft.Tokenization;

/// <summary>Decodes ids as they come, one at a time, and gives the text that no later id can change.</summary>
/// <remarks>
/// <para>
/// What <see cref="Add"/> and <see cref="Flush"/> return is, put together, what decoding all the ids at once gives, and no part of
/// it ends within a character: not in the bytes of its UTF-8, nor between its two surrogates.
/// </para>
/// <para>
/// For a <see cref="HuggingFaceTokenizer"/> this holds by construction. Other tokenizers are asked to decode the ids since the last
/// certain place again for each id, and text that ends in U+FFFD waits for more; should a tokenizer decode a sequence differently
/// as a whole than in such steps, <see cref="Flush"/> adds what is missing.
/// </para>
/// <para>An instance serves one sequence at a time and one thread at a time.</para>
/// </remarks>
public sealed class StreamingDecoder
{
    private readonly Tokenizer _tokenizer;
    private readonly bool _skipSpecialTokens;
    private StreamedText _text;

    /// <summary>Creates a decoder for one sequence of ids after the other.</summary>
    /// <param name="tokenizer">The tokenizer whose ids these are.</param>
    /// <param name="skipSpecialTokens">
    /// Whether to leave special tokens out. The default is false. It has no effect on tokenizers other than
    /// <see cref="HuggingFaceTokenizer"/>: they decode as their own <see cref="Tokenizer.Decode(IEnumerable{int})"/> does.
    /// </param>
    public StreamingDecoder(Tokenizer tokenizer, bool skipSpecialTokens = false)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        _tokenizer = tokenizer;
        _skipSpecialTokens = skipSpecialTokens;
        _text = Begin();
    }

    /// <summary>Takes the next id.</summary>
    /// <returns>The text that has become certain; often empty.</returns>
    public string Add(int id) => _text.Add(id);

    /// <summary>Ends the sequence, so that the next id begins another.</summary>
    /// <returns>The rest of the text; what is left of an incomplete character is U+FFFD.</returns>
    public string Flush()
    {
        string rest = _text.End();
        _text = Begin();
        return rest;
    }

    private StreamedText Begin() => _tokenizer is HuggingFaceTokenizer own
        ? own.OpenStream(_skipSpecialTokens)
        : new RepeatedDecoding(_tokenizer);
}
