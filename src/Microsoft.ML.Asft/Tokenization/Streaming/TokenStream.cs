using Microsoft.ML.Asft.Tokenization.Decoders;

namespace Microsoft.ML.Asft.Tokenization.Streaming;

/// <summary>Decodes with the steps of a tokenizer's own decoder. Each step holds back text that is not final.</summary>
internal sealed class TokenStream(Func<int, string?> tokenOf, IReadOnlySet<int>? skipped, DecoderStep first, TextSink sink)
    : StreamedText
{
    public override string Add(int id)
    {
        AddSilently(id);
        return sink.Take();
    }

    /// <summary>Takes an id without returning text.</summary>
    public void AddSilently(int id)
    {
        if (skipped?.Contains(id) is not true && tokenOf(id) is string token)
        {
            first.Add(token);
        }
    }

    public override string End()
    {
        first.End();
        return sink.Take();
    }
}
