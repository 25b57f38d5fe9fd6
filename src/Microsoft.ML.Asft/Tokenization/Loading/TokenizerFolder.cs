namespace Microsoft.ML.Asft.Tokenization.Loading;

/// <summary>Reads the tokenizer of a model folder from the files that it has.</summary>
internal static class TokenizerFolder
{
    public static TokenizerParts Read(string folder)
    {
        string json = Path.Combine(folder, "tokenizer.json");
        string model = Path.Combine(folder, "tokenizer.model");
        TokenizerConfig config = new(folder);
        TokenizerParts parts = File.Exists(json) ? TokenizerJson.Read(json, File.ReadAllBytes(json), config)
            : File.Exists(model) ? SentencePieceModel.Read(model, File.ReadAllBytes(model), config)
            : throw new FileNotFoundException(
                $"{folder} has neither tokenizer.json nor tokenizer.model. Copy the model's tokenizer files there.", json);

        return parts with { Roles = config.Roles };
    }
}
