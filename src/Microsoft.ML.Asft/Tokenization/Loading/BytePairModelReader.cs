using System.Text.Json;
using Microsoft.ML.Asft.Tokenization.Models;

namespace Microsoft.ML.Asft.Tokenization.Loading;

/// <summary>Reads the <c>model</c> of tokenizer.json for byte pair encoding.</summary>
internal static class BytePairModelReader
{
    public static BytePairModel Read(JsonPlace place, bool isByteLevel)
    {
        if (place.TryGet("dropout", out JsonPlace? dropout) && (dropout.Kind != JsonValueKind.Number || dropout.Real() != 0))
        {
            throw dropout.Unsupported("merges that are left out at random");
        }

        string prefix = place.Text("continuing_subword_prefix");
        string suffix = place.Text("end_of_word_suffix");
        Vocabulary vocabulary = ModelReader.ReadVocabulary(place["vocab"]);
        string? unknown = place.TryGet("unk_token", out JsonPlace? token) ? token.Text() : null;
        int? unknownId = unknown is not null && vocabulary.TryGetId(unknown, out int id) ? id : null;
        return new BytePairModel
        {
            Vocabulary = vocabulary,
            Merges = ReadMerges(place["merges"], vocabulary, prefix.Length),
            IsByteLevel = isByteLevel,
            HasByteFallback = place.Flag("byte_fallback"),
            UnknownId = unknownId,
            MissingUnknown = unknownId is null ? unknown : null,
            FusesUnknown = place.Flag("fuse_unk"),
            IgnoresMerges = place.Flag("ignore_merges"),
            ContinuingSubwordPrefix = prefix,
            EndOfWordSuffix = suffix,
        };
    }

    private static Dictionary<(int Left, int Right), (int Rank, int Id)> ReadMerges(
        JsonPlace place, Vocabulary vocabulary, int prefixLength)
    {
        Dictionary<(int Left, int Right), (int Rank, int Id)> merges = [];
        int rank = 0;
        foreach (JsonPlace merge in place.Items())
        {
            if (Parts(merge) is not (string left, string right))
            {
                continue;
            }

            if (right.Length < prefixLength)
            {
                throw merge.Malformed($"merges '{right}', which lacks the prefix of tokens within a word");
            }

            // A pair that is listed twice has the later rank, as in Hugging Face's library.
            merges[(IdOf(left), IdOf(right))] = (rank++, IdOf(left + right[prefixLength..]));

            int IdOf(string token) => vocabulary.TryGetId(token, out int id)
                ? id
                : throw merge.Malformed($"needs the token '{token}', which the vocabulary does not have");
        }

        return merges;
    }

    // "a b", or ["a", "b"] if a token may contain a space; null for the version line at the beginning of merges.txt.
    private static (string Left, string Right)? Parts(JsonPlace merge)
    {
        if (merge.Kind == JsonValueKind.Array)
        {
            return merge.Items().ToArray() is [var left, var right]
                ? (left.Text(), right.Text())
                : throw merge.Malformed("should have two parts");
        }

        string text = merge.Text();
        if (text.StartsWith("#version", StringComparison.Ordinal))
        {
            return null;
        }

        return text.Split(' ') is [var first, var second]
            ? (first, second)
            : throw merge.Malformed("should be two tokens with a space between them");
    }
}
