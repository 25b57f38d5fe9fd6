namespace Microsoft.ML.Asft.Tokenization.Decoders;

/// <summary>One step of the way from tokens back to text. It is only a description; <see cref="Connect"/> makes the step itself.</summary>
internal abstract class TokenDecoder
{
    /// <summary>
    /// Whether what comes out is one token, written bit by bit, and not a token for each that came in. What follows then sees the
    /// whole text as a single token.
    /// </summary>
    public virtual bool Fuses => false;

    /// <summary>Makes the step that hands its results to <paramref name="next"/>.</summary>
    /// <param name="next">The following step.</param>
    /// <param name="isFused">Whether what comes in is one token, written bit by bit.</param>
    public abstract DecoderStep Connect(DecoderStep next, bool isFused);
}
