using System.Text.Json;

namespace Microsoft.ML.Asft.Text;

/// <summary>Reads the tokenizer of a model folder from whichever files it has.</summary>
internal static class TokenizerFolder
{
    private static readonly string[] Roles = ["bos_token", "eos_token", "pad_token", "unk_token"];

    public static TokenizerParts Read(string folder)
    {
        string json = Path.Combine(folder, "tokenizer.json");
        string model = Path.Combine(folder, "tokenizer.model");
        JsonPlace? config = ReadConfig(Path.Combine(folder, "tokenizer_config.json"));
        TokenizerParts parts = File.Exists(json) ? TokenizerJson.Read(json, File.ReadAllBytes(json))
            : File.Exists(model) ? SentencePieceModel.Read(model, File.ReadAllBytes(model), config)
            : throw new FileNotFoundException(
                $"{folder} has neither tokenizer.json nor tokenizer.model. Copy the tokenizer's files of the model there.", json);

        return parts with { Roles = ReadRoles(config) };
    }

    private static JsonPlace? ReadConfig(string file) => File.Exists(file) ? JsonPlace.Parse(file, File.ReadAllBytes(file)) : null;

    // A role is a token as it is written, or an object whose content that is.
    private static Dictionary<string, string> ReadRoles(JsonPlace? config)
    {
        Dictionary<string, string> roles = [];
        foreach (string role in Roles)
        {
            if (config is not null && config.TryGet(role, out JsonPlace? token))
            {
                roles[role] = token.Kind == JsonValueKind.Object ? token["content"].Text() : token.Text();
            }
        }

        return roles;
    }
}
