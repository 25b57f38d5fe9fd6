using Microsoft.ML.Asft.Tokenization.Normalizers;

namespace Microsoft.ML.Asft.Tokenization.Loading;

/// <summary>Reads the <c>normalizer</c> of tokenizer.json.</summary>
internal static class NormalizerReader
{
    public static AlignedNormalizer Read(JsonPlace place)
    {
        string type = place["type"].Text();
        return type switch
        {
            "Sequence" => new NormalizerSequence([.. place["normalizers"].Items().Select(Read)]),
            "NFC" => new UnicodeNormalizer(compose: true),
            "NFD" => new UnicodeNormalizer(compose: false),
            "NFKC" => new UnicodeNormalizer(compose: true, compatible: true),
            "NFKD" => new UnicodeNormalizer(compose: false, compatible: true),
            "Lowercase" => new LowercaseNormalizer(),
            "StripAccents" => new StripAccentsNormalizer(),
            "Strip" => new StripNormalizer(place.Flag("strip_left"), place.Flag("strip_right")),
            "Prepend" => new PrependNormalizer(place["prepend"].Text()),
            "Replace" => new ReplaceNormalizer(PatternReader.Read(place["pattern"], out _), place["content"].Text()),
            "Nmt" => new NmtNormalizer(),
            "Precompiled" => ReadMap(place["precompiled_charsmap"]),
            "ByteLevel" => new ByteLevelNormalizer(),
            _ => throw place["type"].Unsupported($"the normalizer '{type}'"),
        };
    }

    private static PrecompiledNormalizer ReadMap(JsonPlace place)
    {
        try
        {
            return new PrecompiledNormalizer(CharacterMap.Parse(Convert.FromBase64String(place.Text())));
        }
        catch (FormatException exception)
        {
            throw place.Malformed(exception.Message);
        }
    }
}
