using System.Text.Json;
using Microsoft.ML.Asft.Tokenization.Models;

namespace Microsoft.ML.Asft.Tokenization.Loading;

/// <summary>Reads the <c>model</c> of tokenizer.json, of any kind.</summary>
internal static class ModelReader
{
    private const int LongestWord = 1_000_000;

    /// <param name="place">The model.</param>
    /// <param name="isByteLevel">Whether the model gets unchanged text and spells it in <see cref="ByteAlphabet"/>.</param>
    public static TokenModel Read(JsonPlace place, bool isByteLevel)
    {
        string type = TypeOf(place);
        return type switch
        {
            "BPE" => new BytePairEncoder(BytePairModelReader.Read(place, isByteLevel)),
            "Unigram" => ReadUnigram(place),
            "WordPiece" => new WordPieceEncoder(
                ReadVocabulary(place["vocab"]),
                place.Text("unk_token", "[UNK]"),
                place.Text("continuing_subword_prefix", "##"),
                place.TryGet("max_input_chars_per_word", out JsonPlace? longest) ? longest.Number(LongestWord) : 100),
            "WordLevel" => new WordLevelEncoder(ReadVocabulary(place["vocab"]), place["unk_token"].Text()),
            _ => throw place.Unsupported($"the model '{type}'"),
        };
    }

    /// <summary>
    /// Whether the model can spell words in bytes. It can if the bytes of a character are its first symbols, with nothing
    /// before or after them.
    /// </summary>
    public static bool CanSpellBytes(JsonPlace place) => TypeOf(place) == "BPE" && !place.Flag("byte_fallback") &&
        place.Text("continuing_subword_prefix").Length + place.Text("end_of_word_suffix").Length == 0;

    public static Vocabulary ReadVocabulary(JsonPlace place)
    {
        Vocabulary vocabulary = new();
        foreach ((string token, JsonPlace value) in place.Members())
        {
            int id = value.Number(TokenizerJson.HighestId);
            if (!vocabulary.TryAdd(token, id))
            {
                throw value.Malformed($"is the id {id}, which '{vocabulary.TokenOf(id)}' already has");
            }
        }

        return vocabulary;
    }

    // Old files have no type.
    private static string TypeOf(JsonPlace place) => place.Text(
        "type",
        place.TryGet("merges", out _) ? "BPE"
        : place.TryGet("vocab", out JsonPlace? vocabulary) && vocabulary.Kind == JsonValueKind.Array ? "Unigram"
        : place.TryGet("max_input_chars_per_word", out _) ? "WordPiece"
        : place.TryGet("unk_token", out _) ? "WordLevel"
        : "without a type");

    // A list of pieces with their scores; their ids are their indices in it.
    private static UnigramEncoder ReadUnigram(JsonPlace place)
    {
        Vocabulary vocabulary = new();
        List<double> scores = [];
        foreach (JsonPlace entry in place["vocab"].Items())
        {
            if (entry.Items().ToArray() is not [var piece, var score])
            {
                throw entry.Malformed("should be a piece and its score");
            }

            if (!vocabulary.TryAdd(piece.Text(), scores.Count))
            {
                throw piece.Malformed($"is '{piece.Text()}', which is listed twice");
            }

            scores.Add(score.Real());
        }

        int? unknown = place.TryGet("unk_id", out JsonPlace? id) ? id.Number(Math.Max(0, scores.Count - 1)) : null;
        return new UnigramEncoder(vocabulary, scores, unknown, place.Flag("byte_fallback"));
    }
}
