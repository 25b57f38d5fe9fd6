namespace Microsoft.ML.Asft.Text;

/// <summary>Reads the <c>normalizer</c> of tokenizer.json.</summary>
internal static class NormalizerReader
{
    public static AlignedNormalizer Read(JsonPlace place)
    {
        string type = place["type"].Text();
        return type switch
        {
            "Sequence" => new NormalizerSequence([.. place["normalizers"].Items().Select(Read)]),
            "NFC" => new CanonicalNormalizer(compose: true),
            "NFD" => new CanonicalNormalizer(compose: false),
            "Lowercase" => new LowercaseNormalizer(),
            "StripAccents" => new StripAccentsNormalizer(),
            "Strip" => new StripNormalizer(place.Flag("strip_left"), place.Flag("strip_right")),
            "Prepend" => new PrependNormalizer(place["prepend"].Text()),
            "Replace" => new ReplaceNormalizer(PatternReader.Read(place["pattern"], out _), place["content"].Text()),
            _ => throw place["type"].Unsupported($"the normalizer '{type}'"),
        };
    }
}
