using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Operators.Rotary;

/// <summary>
/// The rotation of queries and keys as one TorchScript function, which libtorch compiles to few kernels on a GPU. Written with its operators one by one
/// it is ten.
/// </summary>
internal static class FusedRotary
{
    private const string Script =
        """
        def rotate(x, cosine, sine):
            first, second = x.chunk(2, dim=-1)
            return (x * cosine + torch.cat([-second, first], dim=-1) * sine).to(x.dtype)

        def rotary(queries, keys, query_cosine, query_sine, cosine, sine):
            return rotate(queries, query_cosine, query_sine), rotate(keys, cosine, sine)

        """;

    private static readonly Lazy<jit.CompilationUnit> Compiled = new(() => jit.compile(Script));

    /// <summary>Rotates queries (B, H, T, R) and keys (B, Hk, T, R).</summary>
    /// <param name="queries">The queries.</param>
    /// <param name="keys">The keys.</param>
    /// <param name="forQueries">The tables for queries.</param>
    /// <param name="forKeys">The tables for keys.</param>
    public static (Tensor Queries, Tensor Keys) Rotate(Tensor queries, Tensor keys, RotaryTables forQueries, RotaryTables forKeys) =>
        Compiled.Value.invoke<(Tensor, Tensor)>("rotary", queries, keys, forQueries.Cosine, forQueries.Sine, forKeys.Cosine, forKeys.Sine);
}
