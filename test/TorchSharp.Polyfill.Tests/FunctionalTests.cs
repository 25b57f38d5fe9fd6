namespace TorchSharp.Polyfill.Tests;

public class FunctionalTests
{
    private static readonly double[][] Logits = [[1.0, 2.0, -1.0], [0.5, 0.0, 3.0]];

    private static double NegativeLogLikelihood(int row, int label) =>
        Math.Log(Logits[row].Sum(Math.Exp)) - Logits[row][label];

    private static Tensor Sample() => tensor(Logits.SelectMany(row => row).ToArray(), 2, 3);

    [Fact]
    public void Cross_entropy_is_the_mean_over_labels_that_count()
    {
        using var scope = NewDisposeScope();
        var both = tensor(new[] { 1L, 0 });
        double[] losses = [NegativeLogLikelihood(0, 1), NegativeLogLikelihood(1, 0)];
        Expect.Values([losses.Average()], nn.functional.cross_entropy(Sample(), both));
        Expect.Values([losses.Sum()], nn.functional.cross_entropy(Sample(), both, reduction: nn.Reduction.Sum));
        Expect.Values(losses, nn.functional.cross_entropy(Sample(), both, reduction: nn.Reduction.None));
        Expect.Values([losses[0]], nn.functional.cross_entropy(Sample(), tensor(new[] { 1L, -100 })));
        Expect.Values([losses[1]], nn.functional.cross_entropy(Sample(), both, ignore_index: 1));
        Expect.Values([losses.Average()], nn.functional.nll_loss(Sample().log_softmax(1), both));
    }

    [Fact]
    public void Divergence_and_squared_error_agree_with_their_formulas()
    {
        using var scope = NewDisposeScope();
        var (p, q) = (Sample()[0].log_softmax(0), Sample()[1].log_softmax(0));
        var (ps, qs) = (p.data<double>().ToArray(), q.data<double>().ToArray());
        Expect.Values([ps.Zip(qs, (a, b) => Math.Exp(b) * (b - a)).Sum()], nn.functional.kl_div(p, q, true, nn.Reduction.Sum));
        Expect.Values([ps.Zip(qs, (a, b) => (a - b) * (a - b)).Average()], nn.functional.mse_loss(p, q));
    }

    [Fact]
    public void Layer_norm_centres_and_scales()
    {
        using var scope = NewDisposeScope();
        var normal = nn.functional.layer_norm(Sample(), [3], eps: 0);
        Expect.Values([0, 0], normal.mean([1]));
        Expect.Values([1, 1], normal.var(1, unbiased: false));
    }

    [Fact]
    public void Linear_multiplies_by_the_transposed_weight()
    {
        using var scope = NewDisposeScope();
        var weight = tensor(new[] { 1.0, 0, 1, 0, 2, 0 }, 2, 3);
        Expect.Values([0, 4, 3.5, 0], nn.functional.linear(Sample(), weight));
        Expect.Values([10, 24, 13.5, 20], nn.functional.linear(Sample(), weight, tensor(new[] { 10.0, 20 })));
    }

    [Fact]
    public void One_hot_marks_the_label()
    {
        using var scope = NewDisposeScope();
        Expect.Values([0, 0, 1, 1, 0, 0], nn.functional.one_hot(tensor(new[] { 2L, 0 }), 3));
        Assert.Throws<ArgumentException>(() => nn.functional.one_hot(ones(2)));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Attention_agrees_with_the_sum_written_out(bool causal, bool masked)
    {
        using var scope = NewDisposeScope();
        const int Length = 4, Width = 3;
        manual_seed(5);
        var (query, key, value) = (Draw(), Draw(), Draw());
        bool[] allowed = Enumerable.Range(0, Length * Length)
            .Select(at => (!causal || at % Length <= at / Length) && (!masked || (at * 7 % 3 != 0) || at % Length == 0)).ToArray();

        var (q, k, v) = (query.data<double>().ToArray(), key.data<double>().ToArray(), value.data<double>().ToArray());
        var expected = new double[Length * Width];
        for (var i = 0; i < Length; i++) {
            var scores = Enumerable.Range(0, Length).Select(j => !allowed[i * Length + j] ? 0
                : Math.Exp(Enumerable.Range(0, Width).Sum(w => q[i * Width + w] * k[j * Width + w]) / Math.Sqrt(Width))).ToArray();
            for (var w = 0; w < Width; w++)
                expected[i * Width + w] = Enumerable.Range(0, Length).Sum(j => scores[j] * v[j * Width + w]) / scores.Sum();
        }

        var mask = masked ? tensor(allowed, Length, Length) : null;
        Expect.Values(expected, nn.functional.scaled_dot_product_attention(query, key, value, mask, is_casual: causal));
        if (!masked) return;
        var additive = zeros(Length, Length, float64).masked_fill(mask!.logical_not(), double.NegativeInfinity);
        Expect.Values(expected, nn.functional.scaled_dot_product_attention(query, key, value, additive));

        static Tensor Draw() => randn(1, 1, Length, Width, float64);
    }

    [Fact]
    public void Kaiming_uniform_stays_within_its_bound_and_fills_it()
    {
        using var scope = NewDisposeScope();
        manual_seed(11);
        var weight = empty(200, 50);
        Assert.Same(weight, nn.init.kaiming_uniform_(weight, a: Math.Sqrt(5)));
        var bound = 1 / Math.Sqrt(50);
        Assert.InRange(weight.abs().max().ToDouble(), bound * 0.99, bound * 1.000001);
        Assert.InRange(weight.std().ToDouble(), bound / Math.Sqrt(3) * 0.97, bound / Math.Sqrt(3) * 1.03);
        nn.init.kaiming_uniform_(weight, nonlinearity: nn.init.NonlinearityType.ReLU, mode: nn.init.FanInOut.FanOut);
        Assert.InRange(weight.abs().max().ToDouble(), Math.Sqrt(6.0 / 200) * 0.99, Math.Sqrt(6.0 / 200) * 1.000001);
        Assert.Equal((50L, 200L), nn.init.CalculateFanInAndFanOut(weight));
        Assert.Throws<ArgumentException>(() => nn.init.CalculateFanInAndFanOut(ones(3)));
    }

    [Fact]
    public void Initializers_fill_leaves_that_require_gradients()
    {
        using var scope = NewDisposeScope();
        var parameter = nn.Parameter(empty(100, 100));
        Expect.Values([1], nn.init.ones_(parameter).mean());
        Expect.Values([0], nn.init.zeros_(parameter).abs().sum());
        Expect.Values([3], nn.init.constant_(parameter, 3).mean());
        Assert.InRange(nn.init.normal_(parameter, 1, 0.5).std().ToDouble(), 0.48, 0.52);
        Assert.InRange(nn.init.uniform_(parameter, 2, 3).min().ToDouble(), 2, 2.01);
        Assert.True(parameter.is_leaf && parameter.requires_grad);
    }

    [Fact]
    public void Clipping_shortens_gradients_that_are_longer_than_allowed()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (nn.Parameter(zeros(2, dtype: float64)), nn.Parameter(zeros(1, dtype: float64)));
        (a.grad, b.grad) = (tensor(new[] { 3.0, 0 }), tensor(new[] { 4.0 }));
        Assert.Equal(5, nn.utils.clip_grad_norm_([a, b], 10), 6);
        Expect.Values([3, 0], a.grad!);
        Assert.Equal(5, nn.utils.clip_grad_norm_([a, b], 1), 6);
        Expect.Values([0.6, 0], a.grad!, 1e-5);
        Expect.Values([0.8], b.grad!, 1e-5);
        nn.utils.clip_grad_value_([a, b], 0.5);
        Expect.Values([0.5], b.grad!);
    }
}
