using Microsoft.ML.Asft.Modeling.Operators.Embeddings;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Modeling.Operators.Embeddings;

public class TokenEmbeddingTests
{
    [Theory]
    [InlineData(ScalarType.Float32, 1)]
    [InlineData(ScalarType.BFloat16, 1)]
    [InlineData(ScalarType.Float32, 2.7)]
    [InlineData(ScalarType.BFloat16, 2.7)]
    public void Both_forms_agree(ScalarType dtype, double multiplier)
    {
        using var check = new OperatorCheck(dtype);
        using var embedding = new TokenEmbedding(check.Random(1, 61, 40), multiplier);
        embedding.Weight.requires_grad = true;
        var expected = embedding.call(check.Sequences.ToTensors(CPU).InputIds);
        var gradient = check.Random(1, check.Tokens, 40);
        expected.backward([gradient.view(1, check.Tokens, 40)]);

        using var noGrad = no_grad();
        var actual = embedding.Forward(check.Sequences, empty_like(gradient));
        var weightGradient = zeros(61, 40);
        embedding.Backward(gradient, check.CpuPass() with { GradientOf = p => ReferenceEquals(p, embedding.Weight) ? weightGradient : null });
        Assert.True(actual.equal(expected.view(check.Tokens, 40)).all().item<bool>());
        check.Close("gradient of the table", embedding.Weight.grad!, weightGradient);
    }
}
