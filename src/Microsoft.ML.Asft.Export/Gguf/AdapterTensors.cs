using Microsoft.ML.Asft.Checkpoints.Adapters;
using Microsoft.ML.Asft.Checkpoints.Safetensors;
using Microsoft.ML.Asft.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Export.Gguf;

/// <summary>A LoRA adapter as tensors of a GGUF file: A and B of each module, with llama.cpp's name of its weight.</summary>
/// <remarks>
/// llama.cpp multiplies B·A by α/r, with one α for the whole file and r from the shape of B. If modules have other scales,
/// by <c>alpha_pattern</c>, <c>rank_pattern</c> or the rank-stabilised scaling, B includes the rest. The experts of a layer are one pair of tensors
/// with one rank, the highest: smaller ones are filled with zeros, as are experts without an adapter.
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
        Alpha = Modules.Select(module => _config.ScaleOf(module) * _config.RankOf(module)).First();
    }

    /// <summary>Gets α of the file.</summary>
    public double Alpha { get; }

    private IEnumerable<string> Modules => _tensors.Keys
        .Where(name => name.EndsWith(SuffixOfA, StringComparison.Ordinal))
        .Select(name => name[ModelPrefix.Length..^SuffixOfA.Length]);

    public IReadOnlyList<GgufTensor> Of(ModelTensors order, GgufType type) => [.. Modules.GroupBy(order.NameOf).SelectMany(group =>
    {
        string[] modules = [.. group];
        int rank = modules.Max(_config.RankOf);
        long[] shapeOfA = [rank, _tensors[NameOfA(modules[0])].shape[1]];
        long[] shapeOfB = [_tensors[NameOfB(modules[0])].shape[0], rank];
        return new[]
        {
            Stack("lora_a", shapeOfA, module => _tensors[NameOfA(module)]),
            Stack("lora_b", shapeOfB, module => order.InOrder(module, _tensors[NameOfB(module)]).Mul(_config.ScaleOf(module) * rank / Alpha)),
        };

        GgufTensor Stack(string suffix, long[] shape, Func<string, Tensor> read)
        {
            string name = $"{group.Key}.weight.{suffix}";
            var target = ModelTensors.TypeOf(shape, type);
            if (ModelTensors.ExpertOf(modules[0]) is null)
            {
                return new GgufTensor(name, target, shape, [Part(modules[0], shape, read)]);
            }

            var byExpert = modules.ToDictionary(module => ModelTensors.ExpertOf(module)!.Value);
            return new GgufTensor(name, target, [order.ExpertCount, .. shape], [.. Enumerable.Range(0, order.ExpertCount)
                .Select(expert => Part(byExpert.GetValueOrDefault(expert), shape, read))]);
        }
    })];

    private static string NameOfA(string module) => $"{ModelPrefix}{module}{SuffixOfA}";

    private static string NameOfB(string module) => $"{ModelPrefix}{module}{SuffixOfB}";

    // A module's tensor, filled with zeros up to the shape; all zeros without a module.
    private static LazyTensor Part(string? module, long[] shape, Func<string, Tensor> read) => new(
        module ?? "", ScalarType.Float32, sizeof(float), shape, () =>
        {
            var own = module is null ? null : read(module);
            if (own is not null && own.shape.AsSpan().SequenceEqual(shape))
            {
                return own;
            }

            var filled = zeros(shape);
            if (own is not null)
            {
                filled.narrow(0, 0, own.shape[0]).narrow(1, 0, own.shape[1]).copy_(own);
            }

            return filled;
        });
}
