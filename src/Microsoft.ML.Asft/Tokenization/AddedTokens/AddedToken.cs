namespace Microsoft.ML.Asft.Tokenization.AddedTokens;

/// <summary>A token that is found in the text as it is written, before the model sees it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">How it is written.</param>
/// <param name="IsSpecial">Whether it steers the model and can be left out when decoding, such as <c>&lt;/s&gt;</c>.</param>
/// <param name="IsSingleWord">Whether it counts only where no letter or digit touches it.</param>
/// <param name="StripsLeft">Whether it takes the white space before it.</param>
/// <param name="StripsRight">Whether it takes the white space after it.</param>
/// <param name="IsNormalized">Whether it is looked for in the normalized text.</param>
internal sealed record AddedToken(
    int Id, string Content, bool IsSpecial, bool IsSingleWord = false, bool StripsLeft = false, bool StripsRight = false,
    bool IsNormalized = false);
