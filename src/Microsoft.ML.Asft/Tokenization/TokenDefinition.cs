namespace Microsoft.ML.Asft.Tokenization;

/// <summary>A token of a vocabulary.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">How the vocabulary spells it.</param>
/// <param name="Kind">What it is for.</param>
public sealed record TokenDefinition(int Id, string Text, TokenKind Kind)
{
    /// <summary>Gets whether an added token counts only where no letter or digit touches it.</summary>
    public bool IsSingleWord { get; init; }

    /// <summary>Gets whether an added token takes the white space before it.</summary>
    public bool StripsLeft { get; init; }

    /// <summary>Gets whether an added token takes the white space after it.</summary>
    public bool StripsRight { get; init; }
}
