using System.Text.Json.Nodes;

namespace Microsoft.ML.Asft.Tests.Checkpoints.Configuration;

/// <summary>The text of a small, valid <c>config.json</c> with some settings replaced; a value is JSON, null takes the key away.</summary>
internal static class ConfigJson
{
    public static string Of(string modelType, params (string Key, string? Value)[] changes)
    {
        var json = new JsonObject
        {
            ["model_type"] = modelType,
            ["vocab_size"] = 1000,
            ["hidden_size"] = 64,
            ["intermediate_size"] = 176,
            ["num_hidden_layers"] = 4,
            ["num_attention_heads"] = 8,
            ["num_key_value_heads"] = 2,
            ["max_position_embeddings"] = 4096,
        };
        foreach (var (key, value) in changes)
        {
            json.Remove(key);
            if (value is not null)
            {
                json[key] = JsonNode.Parse(value);
            }
        }

        return json.ToJsonString();
    }
}
