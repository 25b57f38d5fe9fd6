namespace Microsoft.ML.Asft.Tokenization.Models;

/// <summary>The parts of a byte pair encoder.</summary>
internal sealed record BytePairModel
{
    /// <summary>The tokens of the model, without added tokens unless the file lists them twice.</summary>
    public required Vocabulary Vocabulary { get; init; }

    /// <summary>
    /// The pairs of ids that merge, their rank (the lowest first, the leftmost first within a rank), and the resulting id.
    /// </summary>
    public required Dictionary<(int Left, int Right), (int Rank, int Id)> Merges { get; init; }

    /// <summary>Whether tokens are spelled in <see cref="ByteAlphabet"/>.</summary>
    public bool IsByteLevel { get; init; }

    /// <summary>Whether a character without a token becomes the tokens <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c> of its bytes.</summary>
    public bool HasByteFallback { get; init; }

    /// <summary>The unknown token; null to leave out characters without a token.</summary>
    public int? UnknownId { get; init; }

    /// <summary>The name of an unknown token that the vocabulary lacks: a text that needs it is an error.</summary>
    public string? MissingUnknown { get; init; }

    /// <summary>Whether adjacent unknown characters share one token.</summary>
    public bool FusesUnknown { get; init; }

    /// <summary>Whether a word that is itself a token is not split.</summary>
    public bool IgnoresMerges { get; init; }

    /// <summary>The prefix, in the vocabulary, of every symbol of a word except the first.</summary>
    public string ContinuingSubwordPrefix { get; init; } = "";

    /// <summary>The suffix, in the vocabulary, of the last symbol of a word.</summary>
    public string EndOfWordSuffix { get; init; } = "";
}
