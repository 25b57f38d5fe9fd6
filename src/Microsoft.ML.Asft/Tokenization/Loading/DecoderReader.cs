using System.Text;
using Microsoft.ML.Asft.Tokenization.Decoders;

namespace Microsoft.ML.Asft.Tokenization.Loading;

/// <summary>Reads the <c>decoder</c> of tokenizer.json.</summary>
internal static class DecoderReader
{
    private const int MostStripped = 1_000;

    public static TokenDecoder Read(JsonPlace place)
    {
        string type = place["type"].Text();
        return type switch
        {
            "Sequence" => new DecoderSequence([.. place["decoders"].Items().Select(Read)]),
            "ByteLevel" => new ByteLevelDecoder(),
            "ByteFallback" => new ByteFallbackDecoder(),
            "Fuse" => new FuseDecoder(),
            "Replace" => new ReplaceDecoder(
                PatternReader.Read(place["pattern"], out bool isSingleChar), place["content"].Text(), isSingleChar),
            "Strip" => new StripDecoder(
                SingleCharacter(place["content"]), place["start"].Number(MostStripped), place["stop"].Number(MostStripped)),
            "Metaspace" => new MetaspaceDecoder(place.Text("replacement", "▁"), PreTokenizerReader.ReadScheme(place)),
            "BPEDecoder" => new SuffixDecoder(place.Text("suffix", "</w>")),
            "WordPiece" => new WordPieceDecoder(place.Text("prefix", "##"), place.Flag("cleanup", missing: true)),
            "CTC" => new CtcDecoder(
                place.Text("pad_token", "<pad>"), place.Text("word_delimiter_token", "|"), place.Flag("cleanup", missing: true)),
            _ => throw place["type"].Unsupported($"the decoder '{type}'"),
        };
    }

    private static Rune SingleCharacter(JsonPlace place)
    {
        string text = place.Text();
        return Rune.TryGetRuneAt(text + "\0", 0, out Rune rune) && rune.Utf16SequenceLength == text.Length
            ? rune
            : throw place.Malformed("should be a single character");
    }
}
