namespace Microsoft.ML.Asft.Tokenization.Loading;

/// <summary>A piece of a SentencePiece vocabulary.</summary>
internal readonly record struct SentencePiece(string Text, float Score, SentencePieceKind Kind);
