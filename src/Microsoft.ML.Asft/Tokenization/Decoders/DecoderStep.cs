namespace Microsoft.ML.Asft.Tokenization.Decoders;

/// <summary>The state of a decoder for one sequence of tokens: it passes on final text and holds back the rest.</summary>
internal abstract class DecoderStep
{
    /// <summary>Takes the next token, or the next part of a fused token.</summary>
    public abstract void Add(string token);

    /// <summary>Passes on the rest, at the end.</summary>
    public abstract void End();
}
