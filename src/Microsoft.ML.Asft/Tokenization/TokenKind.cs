namespace Microsoft.ML.Asft.Tokenization;

/// <summary>What a token is for.</summary>
public enum TokenKind
{
    /// <summary>A piece of text.</summary>
    Normal,

    /// <summary>It stands for characters that have no token.</summary>
    Unknown,

    /// <summary>It steers the model and is left out of texts, such as one that ends a turn.</summary>
    Control,

    /// <summary>A piece of text that was added to the vocabulary and is found before the model sees the text.</summary>
    UserDefined,

    /// <summary>One byte of a character that has no token.</summary>
    Byte,
}
