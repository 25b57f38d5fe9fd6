using Microsoft.ML.Asft.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Operators.Attention;

/// <summary>
/// Attention by libtorch's fused kernels (arXiv 2205.14135), which never hold all scores: their memory grows with the length, not with its square.
/// The backward pass computes the scores again.
/// </summary>
internal static class FusedAttention
{
    // TorchSharp's own method has neither the scale nor grouped queries.
    private const string Script =
        """
        def grouped(q, k, v, scale: float):
            return torch.scaled_dot_product_attention(q, k, v, None, 0.0, True, scale=scale, enable_gqa=True)

        """;

    private static readonly Lazy<jit.CompilationUnit> Compiled = new(() => jit.compile(Script));

    /// <summary>softmax(scale · q·kᵀ + mask)·v.</summary>
    /// <param name="query">The queries, (B, H, T, D).</param>
    /// <param name="key">The keys, (B, Hk, S, D).</param>
    /// <param name="value">The values, (B, Hk, S, D).</param>
    /// <param name="scale">The factor of the scores.</param>
    /// <param name="mask">The keys that each query sees; <see langword="null"/> for all.</param>
    /// <returns>(B, H, T, D).</returns>
    public static Tensor Attend(Tensor query, Tensor key, Tensor value, double scale, AttentionMask? mask)
    {
        bool isGrouped = query.shape[1] != key.shape[1];
        bool hasFlash = query.device_type == DeviceType.CUDA && query.dtype is (ScalarType.BFloat16 or ScalarType.Float16);
        return isGrouped && hasFlash && mask is { IsCausal: true }
            ? Grouped(query, key, value, scale)
            : Plain(query, key, value, scale, mask);
    }

    /// <summary>
    /// Causal attention whose kernel reads each key and value once for all query heads that share it. CUDA's flash kernel does that, for 16-bit formats.
    /// For others libtorch 2.10 has no such kernel: it would repeat keys and values, and hold all scores.
    /// </summary>
    internal static Tensor Grouped(Tensor query, Tensor key, Tensor value, double scale)
    {
        using var factor = scale.ToScalar();     // TorchSharp would not keep its own scalar alive
        return Compiled.Value.invoke<Tensor>("grouped", query, key, value, factor);
    }

    /// <summary>The same for every mask.</summary>
    internal static Tensor Plain(Tensor query, Tensor key, Tensor value, double scale, AttentionMask? mask)
    {
        long[] shape = query.shape;
        long groups = shape[1] / key.shape[1];
        double own = 1 / Math.Sqrt(shape[^1]);          // the factor of libtorch's method
        query = scale == own ? query : query.Mul(scale / own);
        if (groups > 1 && shape[2] == 1)
        {
            // In decoding the heads that share keys become queries of one head, so that the cache is not copied.
            query = query.reshape(shape[0], key.shape[1], groups, shape[3]);
            return nn.functional.scaled_dot_product_attention(query, key, value, mask?.Added).reshape(shape);
        }

        bool isCausal = mask?.IsCausal == true;
        return nn.functional.scaled_dot_product_attention(
            query, Repeat(key), Repeat(value), isCausal ? null : mask?.Added, 0, isCausal);

        Tensor Repeat(Tensor x) => groups == 1 ? x
            : x.unsqueeze(2).expand(x.shape[0], x.shape[1], groups, x.shape[2], x.shape[3]).reshape(x.shape[0], -1, x.shape[2], x.shape[3]);
    }
}
