using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Options;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Objectives;

public class AnchoredObjectiveTests
{
    private const int Rows = 3;
    private const int Vocabulary = 7;
    private const double KlWeight = 0.3;

    public static TheoryData<AsftObjective, KlDirection> All()
    {
        var data = new TheoryData<AsftObjective, KlDirection>();
        foreach (var objective in Enum.GetValues<AsftObjective>())
        {
            data.Add(objective, KlDirection.Forward);
            data.Add(objective, KlDirection.Reverse);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Loss_is_the_formula_computed_by_hand(AsftObjective objective, KlDirection direction)
    {
        using var scope = NewDisposeScope();
        var (logits, reference, labels) = Inputs();
        var losses = AnchoredObjective.For(objective, KlWeight, direction)
            .Evaluate(LogSoftmax(logits), NeedsReference(objective) ? LogSoftmax(reference) : null, labels);
        double[] actual = losses.Loss.data<double>().ToArray();
        for (int row = 0; row < Rows; row++)
        {
            double[] p = Softmax(logits, row);
            double[] q = Softmax(reference, row);
            Assert.Equal(ByHand(objective, direction, p, q, (int)labels[row].item<long>(), weight: null), actual[row], 12);
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Gradient_is_the_slope_of_the_loss_with_the_weight_held_still(AsftObjective objective, KlDirection direction)
    {
        using var scope = NewDisposeScope();
        var (logits, reference, labels) = Inputs();
        var gradient = LogSoftmax(logits);
        AnchoredObjective.For(objective, KlWeight, direction)
            .Evaluate(gradient, NeedsReference(objective) ? LogSoftmax(reference) : null, labels);
        const double h = 1e-6;
        for (int row = 0; row < Rows; row++)
        {
            int label = (int)labels[row].item<long>();
            double[] q = Softmax(reference, row);
            double weight = WeightOf(objective, Softmax(logits, row), label);
            for (int j = 0; j < Vocabulary; j++)
            {
                double slope = (LossAt(j, h) - LossAt(j, -h)) / (2 * h);
                Assert.Equal(slope, gradient[row, j].item<double>(), 1e-8);
            }

            double LossAt(int column, double step)
            {
                using var moved = logits.clone();
                moved[row, column] = moved[row, column] + step;
                return ByHand(objective, direction, Softmax(moved, row), q, label, weight);
            }
        }
    }

    [Fact]
    public void An_anchor_of_weight_zero_needs_no_reference()
    {
        Assert.False(AnchoredObjective.For(AsftObjective.Asft, 0, KlDirection.Forward).NeedsReference);
        Assert.True(AnchoredObjective.For(AsftObjective.Asft, 0.05, KlDirection.Forward).NeedsReference);
    }

    private static bool NeedsReference(AsftObjective objective) => objective is AsftObjective.Asft or AsftObjective.SftKl;

    private static (Tensor Logits, Tensor Reference, Tensor Labels) Inputs()
    {
        var random = new Random(11);
        double[] Numbers() => [.. Enumerable.Range(0, Rows * Vocabulary).Select(_ => (4 * random.NextDouble()) - 2)];
        return (tensor(Numbers(), [Rows, Vocabulary]), tensor(Numbers(), [Rows, Vocabulary]), tensor(new long[] { 2, 0, 6 }));
    }

    private static Tensor LogSoftmax(Tensor logits) => logits.sub(logits.logsumexp(1, keepdim: true));

    private static double[] Softmax(Tensor logits, int row)
    {
        double[] z = logits[row].contiguous().data<double>().ToArray();
        double sum = z.Sum(Math.Exp);
        return [.. z.Select(x => Math.Exp(x) / sum)];
    }

    private static double ByHand(AsftObjective objective, KlDirection direction, double[] p, double[] q, int label, double? weight)
    {
        double w = weight ?? WeightOf(objective, p, label);
        double kl = direction == KlDirection.Forward
            ? q.Zip(p).Sum(t => t.First * Math.Log(t.First / t.Second))
            : p.Zip(q).Sum(t => t.First * Math.Log(t.First / t.Second));
        return (w * -Math.Log(p[label])) + (NeedsReference(objective) ? KlWeight * kl : 0);
    }

    // Of the token alone: a sequence's weight comes from the head.
    private static double WeightOf(AsftObjective objective, double[] p, int label)
    {
        double[] logP = [.. p.Select(x => Math.Log(x))];
        return ClosedForm.Weights(objective, [logP], [logP], [label], [1])[0];
    }
}
