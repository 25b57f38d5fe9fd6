namespace Microsoft.ML.Asft.Tokenization.Loading;

/// <summary>What a piece is for, by its number in the file.</summary>
internal enum SentencePieceKind
{
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}
