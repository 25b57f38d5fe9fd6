namespace Microsoft.ML.Asft.Tokenization.Decoders;

/// <summary>A step from tokens back to text. It has no state; <see cref="Connect"/> makes the step for a sequence.</summary>
internal abstract class TokenDecoder
{
    /// <summary>
    /// Whether the output is one token, written in parts, instead of one token for each input token. Then the next step sees the
    /// whole text as a single token.
    /// </summary>
    public virtual bool Fuses => false;

    /// <summary>Makes the step that passes its results to <paramref name="next"/>.</summary>
    /// <param name="next">The following step.</param>
    /// <param name="isFused">Whether the input is one token, written in parts.</param>
    public abstract DecoderStep Connect(DecoderStep next, bool isFused);
}
