namespace Microsoft.ML.Asft.Tokenization.AddedTokens;

/// <summary>A token that is found in the text literally, before the model sees it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
/// <param name="IsSpecial">Whether it is a control token that decoding can leave out, such as <c>&lt;/s&gt;</c>.</param>
/// <param name="IsSingleWord">Whether it matches only if no letter or digit touches it.</param>
/// <param name="StripsLeft">Whether it includes the white space before it.</param>
/// <param name="StripsRight">Whether it includes the white space after it.</param>
/// <param name="IsNormalized">Whether it is searched in the normalized text.</param>
internal sealed record AddedToken(
    int Id, string Content, bool IsSpecial, bool IsSingleWord = false, bool StripsLeft = false, bool StripsRight = false,
    bool IsNormalized = false);
