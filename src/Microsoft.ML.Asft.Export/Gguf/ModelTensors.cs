using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Checkpoints.Safetensors;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Export.Gguf;

/// <summary>A model's weights with llama.cpp's names and order of rows.</summary>
internal sealed class ModelTensors(Architecture architecture, ModelConfig config)
{
    private const string LayerPrefix = "model.layers.";

    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        ["model.embed_tokens"] = "token_embd",
        ["model.norm"] = "output_norm",
        ["lm_head"] = "output",
    };

    private readonly Dictionary<string, string> _namesInLayer = NamesInLayer(NormNames.Of(config.NormPlacement));

    /// <summary>Converts weights to tensors of the file. Vectors are float32; rows that are not whole blocks are bfloat16.</summary>
    /// <exception cref="NotSupportedException">llama.cpp has no place for a weight.</exception>
    public IReadOnlyList<GgufTensor> Of(IEnumerable<LazyTensor> weights, GgufType type)
    {
        var tensors = weights.Select(weight => Of(weight, type)).ToList();
        if (config.TieWordEmbeddings && architecture.Head == Architecture.HeadStorage.Always)
        {
            tensors.Add(tensors.First(tensor => tensor.Name == "token_embd.weight") with { Name = "output.weight" });
        }

        if (RotaryScaling.Factors(config) is { } factors)
        {
            tensors.Add(new GgufTensor(RotaryScaling.FactorsName, GgufType.Float32, new LazyTensor(
                RotaryScaling.FactorsName, ScalarType.Float32, sizeof(float), [factors.Length], () => tensor(factors))));
        }

        return tensors;
    }

    /// <summary>Returns llama.cpp's name of a module, such as <c>blk.0.attn_q</c> for <c>model.layers.0.self_attn.q_proj</c>.</summary>
    /// <exception cref="NotSupportedException">There is none.</exception>
    public string NameOf(string module)
    {
        if (Names.TryGetValue(module, out string? name))
        {
            return name;
        }

        if (module.StartsWith(LayerPrefix, StringComparison.Ordinal) && module.IndexOf('.', LayerPrefix.Length) is > 0 and var end
            && module[(end + 1)..] is var local && _namesInLayer.TryGetValue(local, out name))
        {
            return $"blk.{module[LayerPrefix.Length..end]}.{name}";
        }

        throw new NotSupportedException($"llama.cpp has no place for '{module}'. Save the model as a Hugging Face folder instead (asft merge).");
    }

    private static Dictionary<string, string> NamesInLayer(NormNames norms) => new (string? Module, string Name)[]
    {
        ("self_attn.q_proj", "attn_q"),
        ("self_attn.k_proj", "attn_k"),
        ("self_attn.v_proj", "attn_v"),
        ("self_attn.o_proj", "attn_output"),
        ("self_attn.q_norm", "attn_q_norm"),
        ("self_attn.k_norm", "attn_k_norm"),
        ("mlp.gate_proj", "ffn_gate"),
        ("mlp.up_proj", "ffn_up"),
        ("mlp.down_proj", "ffn_down"),
        (norms.BeforeAttention, "attn_norm"),
        (norms.AfterAttention, "post_attention_norm"),
        (norms.BeforeFeedForward, "ffn_norm"),
        (norms.AfterFeedForward, "post_ffw_norm"),
    }.Where(pair => pair.Module is not null).ToDictionary(pair => pair.Module!, pair => pair.Name, StringComparer.Ordinal);

    /// <summary>Returns the type of a tensor with a shape, in a file of a type.</summary>
    public static GgufType TypeOf(long[] shape, GgufType type) =>
        shape.Length == 1 ? GgufType.Float32
        : shape[^1] % TensorEncoder.BlockLength(type) != 0 ? GgufType.BFloat16
        : type;

    /// <summary>Puts the rows of a query or key projection, or of its bias or of an adapter's B, into llama.cpp's order.</summary>
    /// <param name="module">The module's name; others are returned as they are.</param>
    /// <param name="rows">A tensor of shape (heads · D) or (heads · D, n).</param>
    public Tensor InOrder(string module, Tensor rows)
    {
        int heads = !architecture.RotatesNeighbours ? 0
            : module.EndsWith(".q_proj", StringComparison.Ordinal) ? config.NumAttentionHeads
            : module.EndsWith(".k_proj", StringComparison.Ordinal) ? config.NumKeyValueHeads
            : 0;
        if (heads == 0)
        {
            return rows;
        }

        // Row i and row i + D/2 of a head rotate together, and become rows 2i and 2i + 1.
        return rows.reshape(heads, 2, config.HeadDim / 2, -1).transpose(1, 2).reshape(rows.shape);
    }

    private GgufTensor Of(LazyTensor weight, GgufType type)
    {
        int dot = weight.Name.LastIndexOf('.');
        string module = weight.Name[..dot];
        bool isNorm = weight.Shape.Length == 1 && weight.Name.EndsWith(".weight", StringComparison.Ordinal);
        Tensor Read() => isNorm ? NormWeight(weight.Read()) : InOrder(module, weight.Read());
        return new GgufTensor($"{NameOf(module)}{weight.Name[dot..]}", TypeOf(weight.Shape, type), weight with { Read = Read });
    }

    // llama.cpp multiplies by the weight, Gemma by 1 + weight.
    private Tensor NormWeight(Tensor weight) => config.NormOffset == 0 ? weight : weight.to_type(ScalarType.Float32).add(config.NormOffset);
}
