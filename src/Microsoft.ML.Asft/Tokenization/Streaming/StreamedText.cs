namespace Microsoft.ML.Asft.Tokenization.Streaming;

/// <summary>Decodes a sequence of ids.</summary>
internal abstract class StreamedText
{
    /// <summary>Takes an id and returns the text that is now final.</summary>
    public abstract string Add(int id);

    /// <summary>Returns the rest of the text, at the end.</summary>
    public abstract string End();
}
