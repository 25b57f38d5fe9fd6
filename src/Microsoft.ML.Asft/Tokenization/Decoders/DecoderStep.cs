namespace Microsoft.ML.Asft.Tokenization.Decoders;

/// <summary>A step at work on one sequence of tokens: it passes on what is certain and holds back what is not.</summary>
internal abstract class DecoderStep
{
    /// <summary>Takes the next token, or the next bit of the only one where the input is fused.</summary>
    public abstract void Add(string token);

    /// <summary>Passes on what was held back; nothing comes after it.</summary>
    public abstract void End();
}
