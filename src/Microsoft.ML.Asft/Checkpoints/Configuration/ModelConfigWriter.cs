using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Families;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Checkpoints.Configuration;

/// <summary>Writes <c>config.json</c>: a new file completely; a file that was read, with only its changes.</summary>
internal static class ModelConfigWriter
{
    public static readonly IReadOnlyDictionary<string, ScalarType> DTypes = new Dictionary<string, ScalarType>
    {
        ["float32"] = ScalarType.Float32,
        ["bfloat16"] = ScalarType.BFloat16,
        ["float16"] = ScalarType.Float16,
        ["float64"] = ScalarType.Float64,
    };

    public static string Write(ModelConfig config)
    {
        var now = Settings(config);
        if (config.Source is null)
        {
            return JsonSettings.Write(now);
        }

        var was = ModelConfigReader.Read(JsonSettings.Of(config.Source, ModelConfig.FileName), null);
        if (ReferenceEquals(config.EosTokenIds, config.GenerationEosTokenIds))
        {
            now["eos_token_id"] = TokensOf(was.EosTokenIds);  // those of generation_config.json stay there
        }

        var before = Settings(was);
        var json = config.Source.DeepClone().AsObject();
        foreach (var (key, value) in now)
        {
            if (!JsonNode.DeepEquals(value, before[key]))
            {
                json[key == "torch_dtype" && json.ContainsKey("dtype") ? "dtype" : key] = value?.DeepClone();
            }
        }

        if (config.RopeTheta != was.RopeTheta || config.RopeScaling != was.RopeScaling || config.WindowRopeTheta != was.WindowRopeTheta)
        {
            // Written in one place only, which every version of transformers reads.
            json.Remove("rope_parameters");
            json["rope_theta"] = now["rope_theta"]!.DeepClone();
            json["rope_scaling"] = now["rope_scaling"]?.DeepClone();
            foreach (string key in (string[])["rope_local_base_freq", "partial_rotary_factor", RopeSettings.OriginalKey])
            {
                if (now[key] is { } value)
                {
                    json[key] = value.DeepClone();
                }
            }
        }

        return JsonSettings.Write(json);
    }

    private static JsonObject Settings(ModelConfig config)
    {
        var family = ModelFamily.Get(config.ModelType, ModelConfig.FileName);
        var json = new JsonObject
        {
            ["architectures"] = new JsonArray(family.Architecture),
            ["model_type"] = config.ModelType,
            ["vocab_size"] = config.VocabSize,
            ["hidden_size"] = config.HiddenSize,
            ["intermediate_size"] = config.IntermediateSize,
            ["num_hidden_layers"] = config.NumHiddenLayers,
            ["num_attention_heads"] = config.NumAttentionHeads,
            ["num_key_value_heads"] = config.NumKeyValueHeads,
            ["head_dim"] = config.HeadDim,
            ["max_position_embeddings"] = config.MaxPositionEmbeddings,
            ["rms_norm_eps"] = RopeSettings.Float(config.RmsNormEps),
            ["rope_theta"] = RopeSettings.Float(config.RopeTheta),
            ["rope_scaling"] = RopeSettings.Write(config.RopeScaling, config.MaxPositionEmbeddings),
            ["tie_word_embeddings"] = config.TieWordEmbeddings,
            ["bos_token_id"] = config.BosTokenId,
            ["eos_token_id"] = TokensOf(config.EosTokenIds),
            ["pad_token_id"] = config.PadTokenId,
            ["torch_dtype"] = DTypes.First(dtype => dtype.Value == config.TorchDtype).Key,
        };
        if (config.RopeScaling?.LongRope is not null)
        {
            json[RopeSettings.OriginalKey] = config.RopeScaling.OriginalMaxPositionEmbeddings;
        }

        foreach (var trait in family.Traits)
        {
            trait.Write(config, json);
        }

        return json;
    }

    private static JsonNode? TokensOf(IReadOnlyList<int> ids) => ids.Count switch
    {
        0 => null,
        1 => ids[0],
        _ => new JsonArray([.. ids.Select(id => JsonValue.Create(id))]),
    };
}
