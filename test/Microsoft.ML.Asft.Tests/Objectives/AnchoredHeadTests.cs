using Microsoft.ML.Asft.Objectives;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Objectives;

public class AnchoredHeadTests
{
    [Theory]
    [InlineData(AsftObjective.Asft, KlDirection.Forward)]
    [InlineData(AsftObjective.Asft, KlDirection.Reverse)]
    [InlineData(AsftObjective.Sft, KlDirection.Forward)]
    public void Gradients_of_hidden_states_and_head_are_those_of_autograd(AsftObjective objective, KlDirection direction)
    {
        using var scope = NewDisposeScope();
        var (hidden, head, labels, referenceHidden, referenceHead) = Inputs();
        hidden.requires_grad = true;
        head.requires_grad = true;
        var logP = nn.functional.log_softmax(hidden.mm(head.t()), 1);
        var logQ = nn.functional.log_softmax(referenceHidden.mm(referenceHead.t()), 1);
        var labelLogP = logP.gather(1, labels.unsqueeze(1)).squeeze(1);
        var loss = objective == AsftObjective.Sft ? labelLogP.neg() : labelLogP.exp().detach().mul(labelLogP).neg();
        var kl = direction == KlDirection.Forward ? logQ.exp().mul(logQ.sub(logP)).sum(1) : logP.exp().mul(logP.sub(logQ)).sum(1);
        var total = (objective == AsftObjective.Asft ? loss.add(kl.mul(0.05)) : loss).sum().div(5.0);
        total.backward();

        var headGradient = zeros_like(head);
        var result = new AnchoredHead(AnchoredObjective.For(objective, 0.05, direction)).Evaluate(
            hidden.detach(), head.detach(), labels, (referenceHidden, referenceHead), gradientScale: 1 / 5.0, headGradient);
        Assert.Equal(total.item<float>(), result.Loss / 5, 1e-5);
        Assert.True(hidden.grad!.allclose(result.HiddenGradient!, 1e-4, 1e-6));
        Assert.True(head.grad!.allclose(headGradient, 1e-4, 1e-6));
    }

    [Fact]
    public void Chunk_size_changes_nothing_beyond_rounding()
    {
        using var scope = NewDisposeScope();
        var (hidden, head, labels, referenceHidden, referenceHead) = Inputs();
        var objective = AnchoredObjective.For(AsftObjective.Asft, 0.05, KlDirection.Forward);
        var whole = new AnchoredHead(objective).Evaluate(hidden, head, labels, (referenceHidden, referenceHead), 0.2);
        var single = new AnchoredHead(objective, memoryBudget: 1).Evaluate(hidden, head, labels, (referenceHidden, referenceHead), 0.2);
        Assert.Equal(whole.Loss, single.Loss, 1e-6 * whole.Loss);
        Assert.Equal(whole.Kl, single.Kl, 1e-6 * whole.Kl);
        Assert.Equal(whole.Correct, single.Correct);
        Assert.True(whole.HiddenGradient!.allclose(single.HiddenGradient!, 1e-6, 1e-8));
    }

    [Fact]
    public void Divergence_is_not_a_number_where_no_reference_is_asked_for()
    {
        using var scope = NewDisposeScope();
        var (hidden, head, labels, _, _) = Inputs();
        var result = new AnchoredHead(AnchoredObjective.For(AsftObjective.Dft, 0.05, KlDirection.Forward))
            .Evaluate(hidden, head, labels, reference: null, gradientScale: null);
        Assert.True(double.IsNaN(result.Kl));
        Assert.Null(result.HiddenGradient);
    }

    private static (Tensor Hidden, Tensor Head, Tensor Labels, Tensor ReferenceHidden, Tensor ReferenceHead) Inputs()
    {
        using var generator = new Generator(3);
        Tensor Normal(params long[] shape) => empty(shape).normal_(0, 1, generator);
        return (Normal(5, 8), Normal(50, 8), tensor(new long[] { 3, 0, 49, 7, 7 }), Normal(5, 8), Normal(50, 8));
    }
}
