namespace Microsoft.ML.Asft.Tokenization.Streaming;

/// <summary>A sequence of ids on its way to text.</summary>
internal abstract class StreamedText
{
    /// <summary>Takes an id and returns the text that has become certain.</summary>
    public abstract string Add(int id);

    /// <summary>Returns the rest of the text; no id comes after it.</summary>
    public abstract string End();
}
