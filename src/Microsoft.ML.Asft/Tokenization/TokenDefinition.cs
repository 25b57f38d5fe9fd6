namespace Microsoft.ML.Asft.Tokenization;

/// <summary>A token of a vocabulary.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">Its text in the vocabulary.</param>
/// <param name="Kind">Its kind.</param>
public sealed record TokenDefinition(int Id, string Text, TokenKind Kind)
{
    /// <summary>Gets whether an added token matches only if no letter or digit touches it.</summary>
    public bool IsSingleWord { get; init; }

    /// <summary>Gets whether an added token includes the white space before it.</summary>
    public bool StripsLeft { get; init; }

    /// <summary>Gets whether an added token includes the white space after it.</summary>
    public bool StripsRight { get; init; }
}
