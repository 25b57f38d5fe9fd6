using Microsoft.ML.Asft.Tokenization.AddedTokens;
using Microsoft.ML.Asft.Tokenization.Decoders;
using Microsoft.ML.Asft.Tokenization.Models;
using Microsoft.ML.Asft.Tokenization.Normalizers;
using Microsoft.ML.Asft.Tokenization.PreTokenizers;

namespace Microsoft.ML.Asft.Tokenization;

/// <summary>The parts of a tokenizer, read from its files.</summary>
internal sealed record TokenizerParts
{
    public required TokenModel Model { get; init; }

    public required AddedVocabulary Added { get; init; }

    /// <summary>The ids, besides those of special added tokens, that decoding leaves out if it skips special tokens.</summary>
    public IReadOnlyList<int> SpecialIds { get; init; } = [];

    public AlignedNormalizer? Normalizer { get; init; }

    public PieceSplitter? PreTokenizer { get; init; }

    public TokenDecoder? Decoder { get; init; }

    /// <summary>The ids before and after a text that is encoded with special tokens.</summary>
    public (int[] Before, int[] After) Template { get; init; } = ([], []);

    /// <summary>The tokens with a role in tokenizer_config.json, by the role's name, such as <c>eos_token</c>.</summary>
    public IReadOnlyDictionary<string, string> Roles { get; init; } = new Dictionary<string, string>();

    /// <summary>Warnings about settings of the files that are not applied.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
