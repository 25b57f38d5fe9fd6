namespace Microsoft.ML.Asft.Tokenization.Models;

/// <summary>What a byte pair encoder is made of.</summary>
internal sealed record BytePairModel
{
    /// <summary>The tokens of the model; those that were added to it are not among them unless the file has them twice.</summary>
    public required Vocabulary Vocabulary { get; init; }

    /// <summary>Which pairs of ids merge, at which rank (the lowest first, the leftmost first within a rank), and into what.</summary>
    public required Dictionary<(int Left, int Right), (int Rank, int Id)> Merges { get; init; }

    /// <summary>Whether tokens are spelled in <see cref="ByteAlphabet"/>.</summary>
    public bool IsByteLevel { get; init; }

    /// <summary>Whether a character without a token becomes the tokens <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c> of its bytes.</summary>
    public bool HasByteFallback { get; init; }

    /// <summary>The token of a character that has none; null to leave such characters out.</summary>
    public int? UnknownId { get; init; }

    /// <summary>The name of an unknown token that the vocabulary lacks: a text that needs it is an error.</summary>
    public string? MissingUnknown { get; init; }

    /// <summary>Whether neighbouring unknown characters share one token.</summary>
    public bool FusesUnknown { get; init; }

    /// <summary>Whether a word that is a token as a whole is taken as it is.</summary>
    public bool IgnoresMerges { get; init; }

    /// <summary>What stands before every symbol of a word but the first, in the vocabulary.</summary>
    public string ContinuingSubwordPrefix { get; init; } = "";

    /// <summary>What stands after the last symbol of a word, in the vocabulary.</summary>
    public string EndOfWordSuffix { get; init; } = "";
}
