namespace Microsoft.ML.Asft.Tokenization.Decoders;

/// <summary>Joins all tokens into one.</summary>
internal sealed class FuseDecoder : TokenDecoder
{
    public override bool Fuses => true;

    public override DecoderStep Connect(DecoderStep next, bool isFused) => next;
}
