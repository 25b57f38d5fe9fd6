namespace Microsoft.ML.Asft.Tokenization;

/// <summary>The kind of a token.</summary>
public enum TokenKind
{
    /// <summary>A piece of text.</summary>
    Normal,

    /// <summary>The unknown token, for characters without a token.</summary>
    Unknown,

    /// <summary>A control token, which is left out of texts, such as the end of a turn.</summary>
    Control,

    /// <summary>A piece of text that was added to the vocabulary and is found before the model sees the text.</summary>
    UserDefined,

    /// <summary>One byte of a character that has no token.</summary>
    Byte,
}
