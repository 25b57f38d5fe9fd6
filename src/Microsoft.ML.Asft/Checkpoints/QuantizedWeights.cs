using Microsoft.ML.Asft.Checkpoints.Safetensors;

namespace Microsoft.ML.Asft.Checkpoints;

/// <summary>
/// Recognises quantised weights by the names of their auxiliary tensors. Such a weight is useless without them, and its
/// type alone does not show it: int8 and packed 4-bit weights look like ordinary tensors.
/// </summary>
internal static class QuantizedWeights
{
    public const string Advice = "Use the model's weights in float32, float16 or bfloat16, from its publisher or from the tool that quantised them.";

    // By the ends of names. The first match decides, so the most specific ones come first.
    private static readonly (string Suffix, string Method)[] Suffixes =
    [
        (".SCB", "bitsandbytes (LLM.int8)"),
        (".weight_format", "bitsandbytes (LLM.int8)"),
        (".absmax", "bitsandbytes (4 bits)"),
        (".quant_map", "bitsandbytes (4 bits)"),
        (".nested_absmax", "bitsandbytes (4 bits)"),
        (".nested_quant_map", "bitsandbytes (4 bits)"),
        (".g_idx", "GPTQ"),
        (".qweight", "GPTQ or AWQ"),
        (".qzeros", "GPTQ or AWQ"),
        (".scales", "GPTQ or AWQ"),
        (".weight_packed", "compressed-tensors"),
        (".weight_zero_point", "compressed-tensors"),
        (".weight_global_scale", "compressed-tensors"),
        (".weight_scale_inv", "block-wise fp8"),
        (".weight_scale", "fp8 or int8 with scales"),
        (".weight_scale_2", "NVFP4"),
        (".input_scale", "fp8 or int8 with scales"),
        (".activation_scale", "fp8 or int8 with scales"),
        ("_blocks", "MXFP4"),
        ("_scales", "MXFP4"),
        (".W_q", "HQQ"),
        (".codebooks", "AQLM"),
    ];

    /// <summary>Throws if weights come with scales.</summary>
    /// <param name="source">The model's tensors.</param>
    /// <exception cref="NotSupportedException">There is a tensor that only quantised weights have.</exception>
    public static void Refuse(TensorSource source)
    {
        foreach (var (suffix, method) in Suffixes)
        {
            string[] found = [.. source.Names.Where(name => name.EndsWith(suffix, StringComparison.Ordinal))];
            if (found.Length > 0)
            {
                throw new NotSupportedException(
                    $"{source.FileOfTensor(found[0])}: '{found[0]}'{More(found.Length - 1)} belongs to weights that are quantised by {method}, "
                    + $"which are not supported. {Advice}");
            }
        }

        // bitsandbytes stores the state of a 4-bit weight under the weight's own name.
        if (source.Names.FirstOrDefault(name => name.Contains(".quant_state.", StringComparison.Ordinal)) is { } state)
        {
            throw new NotSupportedException(
                $"{source.FileOfTensor(state)}: '{state}' belongs to weights that are quantised by bitsandbytes (4 bits), which are not supported. {Advice}");
        }
    }

    /// <summary>Throws if a weight is not stored as floating-point numbers of 16 bits or more.</summary>
    /// <exception cref="NotSupportedException">It is stored as integers, or in a format of 8 bits or fewer.</exception>
    public static void RefuseStored(TensorSource source, string name)
    {
        string stored = source[name].StoredType;
        if (stored is not ("F64" or "F32" or "F16" or "BF16"))
        {
            throw new NotSupportedException(
                $"{source.FileOfTensor(name)}: the weight '{name}' is stored as {stored}, which is useless without its scales. {Advice}");
        }
    }

    private static string More(int count) => count > 0 ? $" (and {count} more of the kind)" : "";
}
