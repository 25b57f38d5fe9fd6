namespace Microsoft.ML.Asft.Tokenization.Loading;

/// <summary>The kind of a piece, by its number in the file.</summary>
internal enum SentencePieceKind
{
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}
