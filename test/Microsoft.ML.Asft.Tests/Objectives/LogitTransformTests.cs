using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Options;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Objectives;

/// <summary>Logits that a model transforms: p, cross-entropy, KL and the gradients are of what comes out.</summary>
public class LogitTransformTests
{
    private const double Step = 1e-6;
    private const int Vocabulary = 29;
    private static readonly long[] Labels = [0, 12, 25, 25, 3, 7];
    private static readonly int[] Lengths = [2, 1, 3];       // of the sequences that the labels belong to

    public static IEnumerable<object[]> Everything =>
        from objective in Enum.GetValues<AsftObjective>()
        from direction in Enum.GetValues<KlDirection>()
        from transform in new[] { "divided", "capped", "divided and capped" }
        select new object[] { objective, direction, transform };

    [Theory]
    [MemberData(nameof(Everything))]
    public void Gradients_are_those_of_finite_differences_in_float64(AsftObjective objective, KlDirection direction, string kind)
    {
        using var scope = NewDisposeScope();
        var (transform, formula) = Kind(kind);
        double[][] hidden = Numbers(6, 4, seed: 1), head = Numbers(Vocabulary, 4, seed: 2);
        double[][] referenceHidden = Numbers(6, 4, seed: 3), referenceHead = Numbers(Vocabulary, 4, seed: 4);
        // The weight is a constant where the gradient is taken: that is what "stop gradient" says.
        double[] weights = ClosedForm.Weights(
            objective, [.. hidden.Select(row => ClosedForm.LogSoftmax(row, head, formula))],
            [.. referenceHidden.Select(row => ClosedForm.LogSoftmax(row, referenceHead, formula))], Labels, Lengths);
        double Loss() => Enumerable.Range(0, 6).Sum(i => ClosedForm.Loss(
            ClosedForm.LogSoftmax(hidden[i], head, formula), ClosedForm.LogSoftmax(referenceHidden[i], referenceHead, formula), Labels[i], weights[i],
            objective is AsftObjective.Asft or AsftObjective.SftKl ? 0.3 : 0, direction));

        var headGradient = zeros([Vocabulary, 4], ScalarType.Float64);
        using var evaluated = new AnchoredHead(AnchoredObjective.For(objective, 0.3, direction), transform, memoryBudget: 200);
        var result = evaluated.Evaluate(
            Matrix(hidden), Matrix(head), tensor(Labels), (Matrix(referenceHidden), Matrix(referenceHead)), 1, headGradient, Lengths);

        Assert.Equal(Loss(), result.Sums.Loss, 1e-10);
        AssertGradient(hidden, result.HiddenGradient!, Loss);
        AssertGradient(head, headGradient, Loss);
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public void The_fused_rows_find_what_the_operators_find_in_float64(AsftObjective objective, KlDirection direction, string kind)
    {
        foreach (var (dtype, tolerance) in new[] { (ScalarType.Float32, 2e-6), (ScalarType.BFloat16, 2e-2) })
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(7);
            Tensor Normal(params long[] shape) => empty(shape).normal_(0, 0.6, generator).to_type(dtype);
            // A vocabulary that sixteen does not divide, and chunks that do not hold all rows.
            var (hidden, head, referenceHidden, referenceHead) = (Normal(6, 24), Normal(1003, 24), Normal(6, 24), Normal(1003, 24));
            HeadResult Evaluate(ScalarType type, Tensor gradient)
            {
                using var evaluated = new AnchoredHead(AnchoredObjective.For(objective, 0.3, direction), Kind(kind).Transform, memoryBudget: 40_000);
                return evaluated.Evaluate(
                    hidden.to_type(type), head.to_type(type), tensor(Labels), (referenceHidden.to_type(type), referenceHead.to_type(type)), 0.1, gradient, Lengths);
            }

            var (wideGradient, gradient) = (zeros([1003, 24], ScalarType.Float64), zeros([1003, 24], ScalarType.Float32));
            var (wide, fused) = (Evaluate(ScalarType.Float64, wideGradient), Evaluate(dtype, gradient));
            Assert.Equal(wide.Sums.Loss, fused.Sums.Loss, tolerance * wide.Sums.Loss);
            Near(wide.HiddenGradient!, fused.HiddenGradient!, tolerance * 5);
            Near(wideGradient, gradient, tolerance * 5);
        }
    }

    private static (LogitTransform Transform, Func<double, double> Formula) Kind(string kind) => kind switch
    {
        "divided" => (new LogitTransform { Divisor = 4 }, x => x / 4),
        "capped" => (new LogitTransform { SoftCap = 1.5 }, x => 1.5 * Math.Tanh(x / 1.5)),
        "divided and capped" => (new LogitTransform { Divisor = 2, SoftCap = 3 }, x => 3 * Math.Tanh(x / 6)),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private static void AssertGradient(double[][] values, Tensor gradient, Func<double> loss)
    {
        for (int row = 0; row < values.Length; row++)
        {
            for (int column = 0; column < values[row].Length; column++)
            {
                double value = values[row][column];
                values[row][column] = value + Step;
                double above = loss();
                values[row][column] = value - Step;
                double below = loss();
                values[row][column] = value;
                Assert.Equal((above - below) / (2 * Step), gradient[row, column].item<double>(), 1e-7);
            }
        }
    }

    private static void Near(Tensor expected, Tensor actual, double relative)
    {
        var e = expected.to_type(ScalarType.Float64);
        double error = e.sub(actual.to_type(ScalarType.Float64)).norm().item<double>() / e.norm().item<double>();
        Assert.True(error < relative, $"The relative error is {error}.");
    }

    private static double[][] Numbers(int rows, int columns, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, columns).Select(_ => (random.NextDouble() * 4) - 2).ToArray())];
    }

    private static Tensor Matrix(double[][] rows) => tensor(rows.SelectMany(row => row).ToArray(), [rows.Length, rows[0].Length]);
}
