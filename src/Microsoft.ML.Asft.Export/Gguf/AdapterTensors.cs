using Microsoft.ML.Asft.Checkpoints.Adapters;
using Microsoft.ML.Asft.Checkpoints.Safetensors;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Export.Gguf;

/// <summary>A LoRA adapter as tensors of a GGUF file: A and B of each module, with llama.cpp's name of its weight.</summary>
/// <remarks>
/// llama.cpp multiplies B·A by α/r, with one α for the whole file and r from the shape of B. If modules have other scales,
/// by <c>alpha_pattern</c>, <c>rank_pattern</c> or the rank-stabilised scaling, B includes the rest.
/// </remarks>
internal sealed class AdapterTensors
{
    private const string ModelPrefix = "base_model.model.";
    private const string SuffixOfA = ".lora_A.weight";
    private const string SuffixOfB = ".lora_B.weight";

    private readonly AdapterConfig _config;
    private readonly IReadOnlyDictionary<string, Tensor> _tensors;

    /// <exception cref="InvalidOperationException">There is no adapter.</exception>
    /// <exception cref="NotSupportedException">The adapter is more than LoRA.</exception>
    public AdapterTensors(AsftTransformer model)
    {
        _config = model.AdapterConfig ?? throw new InvalidOperationException(
            "The model has no adapter to write alone. Write the whole model: leave AdapterOnly out.");
        if (_config.UseDora)
        {
            throw new NotSupportedException(
                $"{AdapterConfig.FileName}: 'use_dora' is set, and a GGUF adapter has no place for DoRA's magnitudes. "
                + "Write the whole model, the adapter merged into it: leave AdapterOnly out.");
        }

        _tensors = model.AdapterTensors;
        Alpha = Modules.Select(ScaleTimesRank).First();
    }

    /// <summary>Gets α of the file.</summary>
    public double Alpha { get; }

    private IEnumerable<string> Modules => _tensors.Keys
        .Where(name => name.EndsWith(SuffixOfA, StringComparison.Ordinal))
        .Select(name => name[ModelPrefix.Length..^SuffixOfA.Length]);

    public IReadOnlyList<GgufTensor> Of(ModelTensors order, GgufType type) => [.. Modules.SelectMany(module =>
    {
        string name = $"{order.NameOf(module)}.weight";
        double rest = ScaleTimesRank(module) / Alpha;
        var a = LazyTensor.Of(module + SuffixOfA, _tensors[$"{ModelPrefix}{module}{SuffixOfA}"]);
        var b = LazyTensor.Of(module + SuffixOfB, _tensors[$"{ModelPrefix}{module}{SuffixOfB}"]);
        return new[]
        {
            new GgufTensor($"{name}.lora_a", ModelTensors.TypeOf(a.Shape, type), a),
            new GgufTensor($"{name}.lora_b", ModelTensors.TypeOf(b.Shape, type), b with { Read = () => order.InOrder(module, b.Read()).mul(rest) }),
        };
    })];

    private double ScaleTimesRank(string module) => _config.ScaleOf(module) * _config.RankOf(module);
}
