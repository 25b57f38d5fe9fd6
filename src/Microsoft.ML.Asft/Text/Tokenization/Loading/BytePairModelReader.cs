using System.Text.Json;

namespace Microsoft.ML.Asft.Text;

/// <summary>Reads the <c>model</c> of tokenizer.json.</summary>
internal static class BytePairModelReader
{
    public static BytePairModel Read(JsonPlace place, bool isByteLevel)
    {
        string type = place.Text("type", place.TryGet("merges", out _) ? "BPE" : "without a type or merges");
        if (type != "BPE")
        {
            throw place.Unsupported($"the model '{type}'");
        }

        if (place.TryGet("dropout", out JsonPlace? dropout) && (dropout.Kind != JsonValueKind.Number || dropout.Real() != 0))
        {
            throw dropout.Unsupported("merges that are left out at random");
        }

        string prefix = place.Text("continuing_subword_prefix");
        string suffix = place.Text("end_of_word_suffix");
        if (isByteLevel && prefix.Length + suffix.Length > 0)
        {
            throw place.Unsupported("a subword prefix or word suffix together with ByteLevel");
        }

        Vocabulary vocabulary = ReadVocabulary(place["vocab"]);
        int? unknown = null;
        if (place.TryGet("unk_token", out JsonPlace? unknownToken))
        {
            unknown = vocabulary.TryGetId(unknownToken.Text(), out int id)
                ? id
                : throw unknownToken.Malformed($"is '{unknownToken.Text()}', which the vocabulary does not have");
        }

        return new BytePairModel
        {
            Vocabulary = vocabulary,
            Merges = ReadMerges(place["merges"], vocabulary, prefix.Length),
            IsByteLevel = isByteLevel,
            HasByteFallback = place.Flag("byte_fallback"),
            UnknownId = unknown,
            FusesUnknown = place.Flag("fuse_unk"),
            IgnoresMerges = place.Flag("ignore_merges"),
            ContinuingSubwordPrefix = prefix,
            EndOfWordSuffix = suffix,
        };
    }

    private static Vocabulary ReadVocabulary(JsonPlace place)
    {
        Vocabulary vocabulary = new();
        foreach ((string token, JsonPlace value) in place.Members())
        {
            int id = value.Number(TokenizerJson.HighestId);
            if (!vocabulary.TryAdd(token, id))
            {
                throw value.Malformed($"is the id {id}, which '{vocabulary.TokenOf(id)}' has already");
            }
        }

        return vocabulary;
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
                throw merge.Malformed($"merges '{right}', which lacks the prefix of its place within a word");
            }

            // A pair that comes twice has its later rank, as it has in Hugging Face's library.
            merges[(IdOf(left), IdOf(right))] = (rank++, IdOf(left + right[prefixLength..]));

            int IdOf(string token) => vocabulary.TryGetId(token, out int id)
                ? id
                : throw merge.Malformed($"needs the token '{token}', which the vocabulary does not have");
        }

        return merges;
    }

    // "a b", or ["a", "b"] where a token may have a space in it; null for the version line that merges.txt begins with.
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
