using Microsoft.ML.Asft.Tokenization.Streaming;
using Microsoft.ML.Tokenizers;

namespace Microsoft.ML.Asft.Tokenization;

/// <summary>Decodes ids one at a time, and returns the text that no later id can change.</summary>
/// <remarks>
/// <para>
/// The results of <see cref="Add"/> and <see cref="Flush"/> concatenate to the text of all ids decoded together. No result
/// ends within a character: neither within its UTF-8 bytes, nor between its two surrogates.
/// </para>
/// <para>
/// For a <see cref="HuggingFaceTokenizer"/> this holds by construction. Other tokenizers decode the ids since the last
/// final position again for each id, and text that ends in U+FFFD is held back. If a tokenizer decodes a sequence differently
/// as a whole than in such steps, <see cref="Flush"/> adds the missing text.
/// </para>
/// <para>An instance serves one sequence at a time and one thread at a time.</para>
/// </remarks>
public sealed class StreamingDecoder
{
    private readonly Tokenizer _tokenizer;
    private readonly bool _skipSpecialTokens;
    private StreamedText _text;

    /// <summary>Creates a decoder. It can decode several sequences, one after the other.</summary>
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
    /// <returns>The text that is now final; often empty.</returns>
    public string Add(int id) => _text.Add(id);

    /// <summary>Ends the sequence. The next id begins a new one.</summary>
    /// <returns>The rest of the text; an incomplete character becomes U+FFFD.</returns>
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
