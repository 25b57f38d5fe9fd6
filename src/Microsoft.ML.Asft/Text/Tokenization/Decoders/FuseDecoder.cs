namespace Microsoft.ML.Asft.Text;

/// <summary>Joins all tokens into one.</summary>
internal sealed class FuseDecoder : TokenDecoder
{
    public override bool Fuses => true;

    public override DecoderStep Connect(DecoderStep next, bool isFused) => next;
}
