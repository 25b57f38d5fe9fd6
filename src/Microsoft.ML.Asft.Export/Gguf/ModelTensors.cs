using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Checkpoints.Safetensors;
using Microsoft.ML.Asft.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Export.Gguf;

/// <summary>A model's weights with llama.cpp's names and order of rows. The experts of a layer are one tensor, (experts, rows, columns).</summary>
internal sealed class ModelTensors(Architecture architecture, ModelConfig config)
{
    private const string LayerPrefix = "model.layers.";
    private const string Experts = ".experts.";
    private const string Router = "ffn_gate_inp";

    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        ["model.embed_tokens"] = "token_embd",
        ["model.norm"] = "output_norm",
        ["lm_head"] = "output",
    };

    private readonly Dictionary<string, string> _namesInLayer = NamesInLayer(NormNames.Of(config.NormPlacement), config.ExpertNames);

    /// <summary>Gets the number of experts of a layer; 0 if there are none.</summary>
    public int ExpertCount => config.Experts?.Count ?? 0;

    /// <summary>Converts weights to tensors of the file. Vectors and routers are float32; rows that are not whole blocks are bfloat16.</summary>
    /// <exception cref="NotSupportedException">llama.cpp has no place for a weight.</exception>
    public IReadOnlyList<GgufTensor> Of(IEnumerable<LazyTensor> weights, GgufType type)
    {
        var tensors = weights.GroupBy(NameOf).Select(group => Of(group.Key, [.. group], type)).ToList();
        if (config.TieWordEmbeddings && architecture.Head == Architecture.HeadStorage.Always)
        {
            tensors.Add(tensors.First(tensor => tensor.Name == "token_embd.weight") with { Name = "output.weight" });
        }

        foreach (var (name, factors) in RotaryScaling.Factors(config))
        {
            tensors.Add(GgufTensor.Of(
                name, GgufType.Float32, new LazyTensor(name, ScalarType.Float32, sizeof(float), [factors.Length], () => tensor(factors))));
        }

        return tensors;
    }

    /// <summary>
    /// Returns llama.cpp's name of a module, such as <c>blk.0.attn_q</c> for <c>model.layers.0.self_attn.q_proj</c>. The experts of a layer have
    /// the same name.
    /// </summary>
    /// <exception cref="NotSupportedException">There is none.</exception>
    public string NameOf(string module)
    {
        if (Names.TryGetValue(module, out string? name))
        {
            return name;
        }

        if (module.StartsWith(LayerPrefix, StringComparison.Ordinal) && module.IndexOf('.', LayerPrefix.Length) is > 0 and var end
            && _namesInLayer.TryGetValue(WithoutExpert(module[(end + 1)..]), out name))
        {
            return $"blk.{module[LayerPrefix.Length..end]}.{name}";
        }

        throw new NotSupportedException($"llama.cpp has no place for '{module}'. Save the model as a Hugging Face folder instead (asft merge).");
    }

    /// <summary>Returns the number of an expert's module within its layer; <see langword="null"/> for other modules.</summary>
    public static int? ExpertOf(string module) =>
        module.IndexOf(Experts, StringComparison.Ordinal) is > 0 and var at && at + Experts.Length is var start
            ? int.Parse(module.AsSpan(start, module.IndexOf('.', start) - start), System.Globalization.CultureInfo.InvariantCulture)
            : null;

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

    // Fused projections have names of their own: query, key and value; gate and up, where the file's one tensor is called up.
    private static Dictionary<string, string> NamesInLayer(NormNames norms, ExpertNames experts) => new (string? Module, string Name)[]
    {
        ("self_attn.q_proj", "attn_q"),
        ("self_attn.k_proj", "attn_k"),
        ("self_attn.v_proj", "attn_v"),
        ("self_attn.qkv_proj", "attn_qkv"),
        ("self_attn.o_proj", "attn_output"),
        ("self_attn.q_norm", "attn_q_norm"),
        ("self_attn.k_norm", "attn_k_norm"),
        ("mlp.gate_proj", "ffn_gate"),
        ("mlp.up_proj", "ffn_up"),
        ("mlp.gate_up_proj", "ffn_up"),
        ("mlp.down_proj", "ffn_down"),
        ($"{experts.Block}.gate", Router),
        ($"{experts.Block}{Experts}{experts.Gate}", "ffn_gate_exps"),
        ($"{experts.Block}{Experts}{experts.Up}", "ffn_up_exps"),
        ($"{experts.Block}{Experts}{experts.Down}", "ffn_down_exps"),
        (norms.BeforeAttention, "attn_norm"),
        (norms.AfterAttention, "post_attention_norm"),
        (norms.BeforeFeedForward, "ffn_norm"),
        (norms.AfterFeedForward, "post_ffw_norm"),
    }.Where(pair => pair.Module is not null).ToDictionary(pair => pair.Module!, pair => pair.Name, StringComparer.Ordinal);

    private static string WithoutExpert(string module) => ExpertOf(module) is { } expert ? module.Replace($"{Experts}{expert}.", Experts, StringComparison.Ordinal) : module;

    private string NameOf(LazyTensor weight) => $"{NameOf(ModuleOf(weight))}{weight.Name[weight.Name.LastIndexOf('.')..]}";

    private static string ModuleOf(LazyTensor weight) => weight.Name[..weight.Name.LastIndexOf('.')];

    private GgufTensor Of(string name, LazyTensor[] weights, GgufType type)
    {
        var first = weights[0];
        var target = name.EndsWith($".{Router}.weight", StringComparison.Ordinal) ? GgufType.Float32 : TypeOf(first.Shape, type);
        return ExpertOf(first.Name) is null ? GgufTensor.Of(name, target, Converted(first))
            : new GgufTensor(name, target, [weights.Length, .. first.Shape], [.. weights.OrderBy(weight => ExpertOf(weight.Name)).Select(Converted)]);
    }

    private LazyTensor Converted(LazyTensor weight)
    {
        bool isNorm = weight.Shape.Length == 1 && weight.Name.EndsWith(".weight", StringComparison.Ordinal);
        return weight with { Read = () => isNorm ? NormWeight(weight.Read()) : InOrder(ModuleOf(weight), weight.Read()) };
    }

    // llama.cpp multiplies by the weight, Gemma by 1 + weight.
    private Tensor NormWeight(Tensor weight) => config.NormOffset == 0 ? weight : weight.to_type(ScalarType.Float32).Add(config.NormOffset);
}
