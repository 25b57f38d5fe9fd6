using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Tokenization.Decoders;

/// <summary>Decoders one after the other.</summary>
internal sealed class DecoderSequence(IReadOnlyList<TokenDecoder> decoders) : TokenDecoder
{
    public override bool Fuses => decoders.Any(decoder => decoder.Fuses);

    public override DecoderStep Connect(DecoderStep next, bool isFused)
    {
        for (int i = decoders.Count - 1; i >= 0; i--)
        {
            next = decoders[i].Connect(next, isFused || decoders.Take(i).Any(decoder => decoder.Fuses));
        }

        return next;
    }
}
