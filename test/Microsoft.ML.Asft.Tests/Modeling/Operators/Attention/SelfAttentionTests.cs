using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Modeling.Operators.Attention;
using Microsoft.ML.Asft.Modeling.Operators.Norms;
using Microsoft.ML.Asft.Modeling.Operators.Projections;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Modeling.Operators.Attention;

public class SelfAttentionTests
{
    private const int Hidden = 40;
    private const int Heads = 4;
    private const int KeyValueHeads = 2;
    private const int HeadDim = 14;

    public static IEnumerable<object[]> Cases =>
        from dtype in new[] { ScalarType.Float32, ScalarType.BFloat16 }
        from window in new int?[] { null, 23 }
        from norm in new[] { "none", "head", "all" }
        from rotary in new[] { true, false }
        from softCap in new double?[] { null, 1.2 }
        select new object[] { dtype, window!, norm, rotary, softCap! };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Both_forms_agree_with_every_part_and_without(ScalarType dtype, int? window, string norm, bool rotary, double? softCap)
    {
        var config = ModelConfig.Create("mistral", 61, Hidden, 52, 1, Heads, KeyValueHeads, HeadDim) with { SlidingWindow = window };
        using var check = new OperatorCheck(dtype, config);
        using var attention = Attention(check, window, norm, rotary, softCap);
        using var kept = new BranchActivations(Hidden, attention.ActivationWidths, dtype);
        check.Run(
            attention,
            Hidden,
            x => attention.Forward(x, check.AutogradPass()),
            (x, y, pass) => attention.Forward(x, y, add: false, kept, pass),
            (x, gradient, inputGradient, pass) => attention.Backward(x, gradient, inputGradient, kept, pass));
    }

    [Theory]
    [MemberData(nameof(OperatorCheck.DTypes), MemberType = typeof(OperatorCheck))]
    public void A_token_with_a_cache_has_what_it_has_without_one_rotated_or_not(ScalarType dtype)
    {
        foreach (bool rotary in new[] { true, false })
        {
            using var check = new OperatorCheck(dtype, ModelConfig.Create("llama", 61, Hidden, 52, 1, Heads, KeyValueHeads, HeadDim));
            using var attention = Attention(check, window: null, "none", rotary);
            using var noGrad = no_grad();
            var config = ModelConfig.Create("llama", 61, Hidden, 52, 1, Heads, KeyValueHeads, HeadDim);
            using var tables = new Microsoft.ML.Asft.Modeling.Operators.Rotary.RotaryEmbedding(config, dtype, CPU);
            using var mask = new CausalMask(config, dtype, CPU);
            using var cache = new Microsoft.ML.Asft.Modeling.DecoderCache(config, 1, 9, dtype, CPU);
            var x = check.Random(1, 1, 9, Hidden);
            var whole = attention.Forward(x, new AutogradPass(tables.At(0, 9), mask.For(9, 0, null).Full, null));
            var parts = new List<Tensor>();
            for (int i = 0; i < 9; i++)
            {
                parts.Add(attention.Forward(x.narrow(1, i, 1), new AutogradPass(tables.At([i], 1), null, null, cache)));
                cache.Advance(zeros([1, 1], ScalarType.Int64));
            }

            check.Close("output", whole, cat(parts, 1));
        }
    }

    [Theory]
    [MemberData(nameof(OperatorCheck.DTypes), MemberType = typeof(OperatorCheck))]
    public void Both_forms_and_a_cache_agree_where_queries_grow_with_their_position(ScalarType dtype)
    {
        var config = ModelConfig.Create("ministral3", 61, Hidden, 52, 1, Heads, KeyValueHeads, HeadDim) with { RopeScaling = null, QueryScaling = new(0.3, 3) };
        using var check = new OperatorCheck(dtype, config);
        using var attention = Attention(check, window: null, "none", rotary: true);
        using (var noGrad = no_grad())
        {
            using var tables = new Microsoft.ML.Asft.Modeling.Operators.Rotary.RotaryEmbedding(config, dtype, CPU);
            using var mask = new CausalMask(config, dtype, CPU);
            using var cache = new Microsoft.ML.Asft.Modeling.DecoderCache(config, 1, 9, dtype, CPU);
            var x = check.Random(1, 1, 9, Hidden);
            var whole = attention.Forward(x, new AutogradPass(tables.At(0, 9), mask.For(9, 0, null).Full, null));
            var plain = attention.Forward(x, new AutogradPass(tables.At(0, 9) with { QueryScale = null }, mask.For(9, 0, null).Full, null));
            Assert.True(whole.narrow(1, 0, 3).equal(plain.narrow(1, 0, 3)).all().item<bool>());
            Assert.False(whole.narrow(1, 3, 6).allclose(plain.narrow(1, 3, 6), 1e-2, 1e-2));
            var parts = new List<Tensor>();
            for (int i = 0; i < 9; i++)
            {
                parts.Add(attention.Forward(x.narrow(1, i, 1), new AutogradPass(tables.At([i], 1), null, null, cache)));
                cache.Advance(zeros([1, 1], ScalarType.Int64));
            }

            check.Close("output", whole, cat(parts, 1));
        }

        using var kept = new BranchActivations(Hidden, attention.ActivationWidths, dtype);
        check.Run(
            attention,
            Hidden,
            x => attention.Forward(x, check.AutogradPass()),
            (x, y, pass) => attention.Forward(x, y, add: false, kept, pass),
            (x, gradient, inputGradient, pass) => attention.Backward(x, gradient, inputGradient, kept, pass));
    }

    [Theory]
    [MemberData(nameof(OperatorCheck.DTypes), MemberType = typeof(OperatorCheck))]
    public void Both_forms_agree_with_fused_projections_partial_rotation_and_frequencies_by_length(ScalarType dtype)
    {
        // Two of the check's sequences are longer than the length where the frequencies change.
        using var check = new OperatorCheck(dtype, Phi3());
        using var fused = new SelfAttention(
            new AttentionSettings(Layer: 0, KeyValueHeads, HeadDim),
            new LoraLinear(check.Random(0.2, (Heads + (2 * KeyValueHeads)) * HeadDim, Hidden)), new LoraLinear(check.Random(0.2, Hidden, Heads * HeadDim)));
        using var kept = new BranchActivations(Hidden, fused.ActivationWidths, dtype);
        check.Run(
            fused,
            Hidden,
            x => fused.Forward(x, check.AutogradPass()),
            (x, y, pass) => fused.Forward(x, y, add: false, kept, pass),
            (x, gradient, inputGradient, pass) => fused.Backward(x, gradient, inputGradient, kept, pass));
    }

    [Fact]
    public void A_fused_projection_is_query_key_and_value_one_after_the_other()
    {
        using var check = new OperatorCheck(ScalarType.Float32, Phi3());
        using var noGrad = no_grad();
        var (query, key, value) = (check.Random(0.2, Heads * HeadDim, Hidden), check.Random(0.2, KeyValueHeads * HeadDim, Hidden), check.Random(0.2, KeyValueHeads * HeadDim, Hidden));
        var output = check.Random(0.2, Hidden, Heads * HeadDim);
        var settings = new AttentionSettings(Layer: 0, KeyValueHeads, HeadDim);
        using var fused = new SelfAttention(settings, new LoraLinear(cat([query, key, value], 0)), new LoraLinear(output.clone()));
        using var apart = new SelfAttention(settings, new LoraLinear(query), new LoraLinear(key), new LoraLinear(value), new LoraLinear(output), null, null);
        var x = check.Random(1, 1, check.Tokens, Hidden);
        check.Close("output", apart.Forward(x, check.AutogradPass()), fused.Forward(x, check.AutogradPass()));
    }

    [Fact]
    public void Without_rotation_positions_make_no_difference_and_with_it_they_do()
    {
        using var check = new OperatorCheck(ScalarType.Float32, ModelConfig.Create("llama", 61, Hidden, 52, 1, Heads, KeyValueHeads, HeadDim));
        using var noGrad = no_grad();
        using var with = Attention(check, window: null, "none", rotary: true);
        using var without = Attention(check, window: null, "none", rotary: false);
        var pass = check.AutogradPass();
        var shifted = pass with { Rotary = new(pass.Rotary.Cosine.roll(1, 2), pass.Rotary.Sine.roll(1, 2)) };
        var x = check.Random(1, 1, check.Tokens, Hidden);
        Assert.True(without.Forward(x, pass).equal(without.Forward(x, shifted)).all().item<bool>());
        Assert.False(with.Forward(x, pass).allclose(with.Forward(x, shifted), 1e-3, 1e-3));
    }

    private static ModelConfig Phi3() => ModelConfig.Create("phi3", 61, Hidden, 52, 1, Heads, KeyValueHeads, HeadDim) with
    {
        PartialRotaryFactor = 0.75,
        RopeScaling = new RopeScaling("longrope", 4)
        {
            OriginalMaxPositionEmbeddings = 20, LongRope = new([1, 1.1, 1.3, 1.6, 2], [1.2, 2, 5, 11, 20]),
        },
    };

    private static SelfAttention Attention(OperatorCheck check, int? window, string norm, bool rotary, double? softCap = null)
    {
        LoraLinear Projection(long outputs, long inputs, bool bias = true) =>
            new(check.Random(0.2, outputs, inputs), bias ? check.Random(0.2, outputs) : null);
        RmsNorm? Norm(int heads) => norm == "none" ? null : new RmsNorm(check.Random(0.3, norm == "head" ? HeadDim : heads * HeadDim).add_(1), 1e-6);
        return new SelfAttention(
            new AttentionSettings(Layer: 0, KeyValueHeads, HeadDim) { Window = window, UsesRotary = rotary, SoftCap = softCap },
            Projection(Heads * HeadDim, Hidden),
            // Where nothing sets keys apart but their product with a query, what is added to all of them cancels: its gradient is rounding errors.
            Projection(KeyValueHeads * HeadDim, Hidden, bias: rotary || norm != "none"),
            Projection(KeyValueHeads * HeadDim, Hidden),
            Projection(Hidden, Heads * HeadDim), Norm(Heads), Norm(KeyValueHeads));
    }
}
