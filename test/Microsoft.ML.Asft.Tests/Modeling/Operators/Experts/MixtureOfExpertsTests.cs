using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Modeling.Operators.Dropout;
using Microsoft.ML.Asft.Modeling.Operators.Experts;
using Microsoft.ML.Asft.Modeling.Operators.FeedForward;
using Microsoft.ML.Asft.Modeling.Operators.Projections;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Modeling.Operators.Experts;

public class MixtureOfExpertsTests
{
    public static TheoryData<ScalarType, bool, double> Cases => new()
    {
        { ScalarType.Float32, true, 0 }, { ScalarType.Float32, false, 0 }, { ScalarType.Float32, true, 0.4 },
        { ScalarType.BFloat16, true, 0 }, { ScalarType.BFloat16, false, 0 }, { ScalarType.BFloat16, true, 0.4 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Both_forms_agree_and_drop_the_same(ScalarType dtype, bool normalizes, double dropout)
    {
        using var check = new OperatorCheck(dtype);
        using var experts = Experts(check, new ExpertSettings(5, 2, 52) { NormalizesWeights = normalizes }, dropout);
        using var kept = new BranchActivations(40, experts.ActivationWidths, dtype);
        using var noise = new TokenNoise(check.Sequences.RowKeys, new float[check.Sequences.TokenCount], neftuneAlpha: 0, CPU);
        foreach (var layer in experts.modules().OfType<LoraLinear>())
        {
            layer.Noise = noise;
        }

        check.Run(
            experts,
            40,
            x => experts.Forward(x, check.AutogradPass()),
            (x, y, pass) => experts.Forward(x, y, add: false, kept, pass),
            (x, gradient, inputGradient, pass) => experts.Backward(x, gradient, inputGradient, kept, pass),
            training: dropout > 0);
    }

    // Σ p · expert(x) over the two most probable experts, where the two p are divided by their sum or not.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_token_has_the_weighted_sum_of_its_most_probable_experts(bool normalizes)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var check = new OperatorCheck(ScalarType.Float32);
        GatedFeedForward[] blocks = [.. Enumerable.Range(0, 5).Select(_ => Block(check, 0))];
        var router = new LoraLinear(check.Random(0.5, 5, 40));
        using var experts = new MixtureOfExperts(new ExpertSettings(5, 2, 52) { NormalizesWeights = normalizes }, router, blocks);
        var x = check.Random(1, 1, 7, 40);
        var output = experts.Forward(x, check.AutogradPass());
        for (int token = 0; token < 7; token++)
        {
            var row = x.narrow(1, token, 1);
            float[] probabilities = router.call(row).softmax(-1).view(-1).data<float>().ToArray();
            int[] chosen = [.. Enumerable.Range(0, 5).OrderByDescending(i => probabilities[i]).Take(2)];
            float sum = normalizes ? chosen.Sum(i => probabilities[i]) : 1;
            var expected = chosen.Select(i => blocks[i].Forward(row, check.AutogradPass()).mul(probabilities[i] / sum)).Aggregate((a, b) => a.add(b));
            check.Close("output", expected, output.narrow(1, token, 1));
        }
    }

    [Fact]
    public void A_token_keeps_the_activations_of_each_expert_that_it_uses()
    {
        using var check = new OperatorCheck(ScalarType.Float32);
        using var experts = Experts(check, new ExpertSettings(5, 2, 52), dropout: 0);
        Assert.Equal(2 * (52 + 52), experts.KeptWidth);
    }

    // In bfloat16 the router has no adapter: the two forms round its part of the logits at different places, and a difference in the last digit
    // may choose another expert.
    private static MixtureOfExperts Experts(OperatorCheck check, ExpertSettings settings, double dropout) => new(
        settings, Adapted(check, settings.Count, 40, check.DType == ScalarType.Float32 ? dropout : 0, seed: 90), [.. Enumerable.Range(0, settings.Count).Select(_ => Block(check, dropout))]);

    private static GatedFeedForward Block(OperatorCheck check, double dropout) => new(
        Adapted(check, 52, 40, dropout, 91), Adapted(check, 52, 40, dropout, 92), Adapted(check, 40, 52, dropout, 93), names: ExpertNames.Mixtral);

    private static LoraLinear Adapted(OperatorCheck check, long outputs, long inputs, double dropout, uint seed)
    {
        var layer = new LoraLinear(check.Random(0.2, outputs, inputs)) { DropoutSeed = seed };
        if (dropout > 0)
        {
            layer.AddAdapter(check.Random(0.2, 4, inputs).to_type(ScalarType.Float32), check.Random(0.2, outputs, 4).to_type(ScalarType.Float32), 1, dropout);
        }

        return layer;
    }
}
