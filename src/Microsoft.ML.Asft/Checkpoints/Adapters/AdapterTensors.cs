using System.Text.RegularExpressions;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Checkpoints.Safetensors;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Checkpoints.Adapters;

/// <summary>
/// The tensors of an adapter's file by the names of a model's modules, without the names of wrappers at the time of saving: PEFT's
/// <c>base_model.model.</c>, the <c>module.</c> of data-parallel training, the parts that FSDP and <c>torch.compile</c> insert, and the
/// adapter's own name (<c>lora_A.default.weight</c>).
/// </summary>
internal sealed partial class AdapterTensors
{
    private const string MergeAdvice =
        "Merge the adapter into its base model with PEFT (merge_and_unload, then save_pretrained), and use the merged folder as the model.";

    private readonly SafetensorsFile _file;
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

    /// <exception cref="InvalidDataException">The file holds two tensors for one module, for example of two adapters.</exception>
    public AdapterTensors(SafetensorsFile file)
    {
        _file = file;
        foreach (string name in file.Entries.Keys)
        {
            if (!_names.TryAdd(Plain(name), name))
            {
                throw new InvalidDataException(
                    $"{file.Path}: the tensors '{_names[Plain(name)]}' and '{name}' are for the same module. Save each adapter in a separate folder.");
            }
        }
    }

    /// <summary>Reads a tensor in float32, and marks it as used.</summary>
    /// <param name="module">The module's name in the model.</param>
    /// <param name="suffix">The tensor's suffix, such as <c>lora_A.weight</c>.</param>
    /// <param name="shape">The required shape.</param>
    /// <exception cref="InvalidDataException">There is none, or its shape is different.</exception>
    public Tensor Take(string module, string suffix, long[] shape)
    {
        // An adapter of a model without its head lacks the first part of the name.
        string[] candidates = [$"{module}.{suffix}", $"{module[(module.IndexOf('.', StringComparison.Ordinal) + 1)..]}.{suffix}"];
        if (candidates.FirstOrDefault(_names.ContainsKey) is not { } found)
        {
            throw new InvalidDataException(
                $"{_file.Path}: there is no tensor 'base_model.model.{module}.{suffix}', though {AdapterConfig.FileName} targets that module. "
                + "Train or download the adapter again.");
        }

        _names.Remove(found, out string? name);
        var entry = _file.Entries[name!];
        if (!entry.Shape.SequenceEqual(shape))
        {
            throw new InvalidDataException(
                $"{_file.Path}: the tensor '{name}' has the shape ({string.Join(", ", entry.Shape)}); this model needs "
                + $"({string.Join(", ", shape)}). Use the adapter with the base model that it was trained on.");
        }

        if (entry.StoredType is not ("F64" or "F32" or "F16" or "BF16"))
        {
            throw new NotSupportedException(
                $"{_file.Path}: the tensor '{name}' is stored as {entry.StoredType}, but an adapter must have floating-point numbers of 16 bits or more. "
                + "Save it as float32 or bfloat16.");
        }

        return _file.Read(name!, ScalarType.Float32);
    }

    /// <summary>Throws if tensors are left, except weights that equal the base model's and so change nothing.</summary>
    /// <param name="modulesToSave">The modules that the file holds as a whole, by its configuration.</param>
    /// <param name="weightOf">Returns a weight of the model by its name; null if there is none.</param>
    /// <exception cref="InvalidDataException">A tensor belongs to no targeted module, or one is missing.</exception>
    /// <exception cref="NotSupportedException">The adapter changes more than projections; the message says what.</exception>
    public void RefuseRest(IReadOnlyList<string> modulesToSave, Func<string, Tensor?> weightOf)
    {
        var saved = _names.Keys.ToArray();
        foreach (var (plain, name) in _names.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            if (weightOf(plain) is { } weight && IsSame(name, weight))
            {
                continue;
            }

            throw Refusal(plain, name, weightOf(plain) is not null);
        }

        if (modulesToSave.FirstOrDefault(module => !Array.Exists(saved, plain => ModulePattern.IsWithin(module, plain))
            && weightOf($"{module}.weight") is not null) is { } missing)
        {
            throw new InvalidDataException(
                $"{_file.Path}: {AdapterConfig.FileName} names '{missing}' in 'modules_to_save', but there is no tensor of it. Download the adapter again.");
        }
    }

    private Exception Refusal(string plain, string name, bool isWeightOfModel)
    {
        string at = $"{_file.Path}: the tensor '{name}'";
        if (plain.Contains(".lora_embedding_", StringComparison.Ordinal))
        {
            return new NotSupportedException($"{at} adapts the embedding, but only adapted projections are supported. {MergeAdvice}");
        }

        if (plain.StartsWith("lm_head.lora_", StringComparison.Ordinal))
        {
            return new NotSupportedException(
                $"{at} adapts the output head, but only adapted projections of the layers are supported. {MergeAdvice}");
        }

        if (isWeightOfModel)
        {
            string what = plain.EndsWith(".bias", StringComparison.Ordinal) ? "a trained bias ('bias' in the configuration)" : "a module that was trained as a whole ('modules_to_save', or a grown embedding)";
            return new NotSupportedException($"{at} is {what}, but only low-rank updates are supported. {MergeAdvice}");
        }

        return OtherTypes().Match(plain) is { Success: true, Value: var mark }
            ? new NotSupportedException($"{at} is of another kind of adapter than LoRA ('{mark}'). {MergeAdvice}")
            : new InvalidDataException($"{at} belongs to no targeted module of this model. Use the adapter with the base model that it was trained on.");
    }

    private bool IsSame(string name, Tensor weight)
    {
        using var scope = NewDisposeScope();
        return _file.Entries[name].Shape.SequenceEqual(weight.shape) && _file.Read(name, weight.dtype).eq(weight.detach().cpu()).all().item<bool>();
    }

    private static string Plain(string name)
    {
        string plain = Wrappers().Replace(name, "");
        while (plain.StartsWith("module.", StringComparison.Ordinal))
        {
            plain = plain["module.".Length..];
        }

        plain = plain.StartsWith("base_model.model.", StringComparison.Ordinal) ? plain["base_model.model.".Length..] : plain;
        plain = TextPart.PlainName(plain);
        plain = AdapterName().Replace(plain, "${kind}${weight}");
        plain = SavedModule().Replace(plain, ".${end}");
        return plain.EndsWith(".lora_magnitude_vector.weight", StringComparison.Ordinal) ? plain[..^".weight".Length] : plain;
    }

    // The names that FSDP, activation checkpointing and torch.compile insert, and PEFT's wrapper of the adapted layer.
    [GeneratedRegex(@"(?<=^|\.)(?:_fsdp_wrapped_module|_checkpoint_wrapped_module|_orig_mod|base_layer)\.")]
    private static partial Regex Wrappers();

    [GeneratedRegex(@"(?<kind>\.lora_(?:A|B|embedding_A|embedding_B|magnitude_vector))\.(?!weight$)[^.]+(?<weight>\.weight)?$")]
    private static partial Regex AdapterName();

    [GeneratedRegex(@"\.modules_to_save\.(?:[^.]+\.)?(?<end>weight|bias)$")]
    private static partial Regex SavedModule();

    [GeneratedRegex(@"(?<=^|[._])(?:ia3_l|hada_|lokr_|oft_|boft_|vera_|hra_|prompt_embeddings|prompt_encoder|trainable_tokens|adaption_|ln_tuning|bone_|miss_|c3a_|fourierft_|spectrum)")]
    private static partial Regex OtherTypes();
}
