using Microsoft.ML.Asft.Modeling.Operators.Attention;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Modeling.Operators.Attention;

/// <summary>Fused attention against softmax(scale · q·kᵀ + mask)·v in float64, and its gradients against those of that formula.</summary>
public class FusedAttentionTests
{
    private const int Length = 7;

    public static IEnumerable<object[]> Cases =>
        from heads in new long[] { 2, 6 }
        from mask in new[] { "none", "causal", "tensor", "tensor of each row" }
        from scale in new[] { 0.5, 0.3 }
        from queries in mask == "causal" ? new long[] { Length } : [Length, 1]
        select new object[] { heads, mask, scale, queries };

    [Theory]
    [MemberData(nameof(Cases))]
    public void It_is_the_formula_with_grouped_queries_every_mask_and_every_scale(long heads, string mask, double scale, long queries)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var (q, k, v) = (Random(heads, queries), Random(2, Length), Random(2, Length));
        var upstream = Random(heads, queries).detach();
        var added = mask switch
        {
            "none" => null,
            "tensor of each row" => Causal().add(tensor(new[] { 0.5f, -0.5f }).view(2, 1, 1, 1)),
            _ => Causal(),
        };
        added = added?.narrow(-2, Length - queries, queries);   // a single query is that of the last token
        var given = mask switch
        {
            "none" => null,
            "causal" => AttentionMask.Causal(() => throw new InvalidOperationException("The causal case needs no tensor.")),
            _ => AttentionMask.Of(added!),
        };
        Close(Formula(q, k, v), FusedAttention.Attend(q, k, v, scale, given));
        for (int call = 0; mask == "causal" && call < 4; call++)   // TorchScript optimizes a function after its first calls
        {
            Close(Formula(q, k, v), FusedAttention.Grouped(q, k, v, scale));   // what CUDA takes
        }

        Tensor Random(long h, long length) => empty([2, h, length, 4]).normal_(0, 1, generator).requires_grad_();

        Tensor Formula(Tensor query, Tensor key, Tensor value)
        {
            var scores = query.to_type(ScalarType.Float64).matmul(Repeat(key).transpose(2, 3)).mul(scale);
            scores = added is null ? scores : scores.add(added);
            return scores.softmax(-1).matmul(Repeat(value));
        }

        Tensor Repeat(Tensor x) => x.to_type(ScalarType.Float64).repeat_interleave(heads / 2, dim: 1);

        void Close(Tensor expected, Tensor actual)
        {
            Assert.True(expected.to_type(ScalarType.Float32).allclose(actual, 1e-5, 1e-6));
            foreach (var (one, other) in Gradients(expected).Zip(Gradients(actual)))
            {
                Assert.True(one.allclose(other, 1e-4, 1e-5));
            }
        }

        Tensor[] Gradients(Tensor output) =>
            [.. autograd.grad([output], [q, k, v], [upstream.to_type(output.dtype)], retain_graph: true).Select(g => g.to_type(ScalarType.Float32))];
    }

    private static Tensor Causal() => full([Length, Length], -1e30f).triu(1);
}
