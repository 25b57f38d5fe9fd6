namespace TorchSharp.Polyfill.Tests;

public class AutogradTests
{
    public static TheoryData<string, Func<Tensor, Tensor>> Losses => new() {
        { "polynomial", x => (x * x * x + 2 * x).sum() },
        { "matrix product", x => x.mm(x.t()).square().sum() },
        { "softmax", x => (x.softmax(1) * arange(3, dtype: float64)).sum() },
        { "log_softmax", x => x.log_softmax(-1).select(1, 0).mean() },
        { "logsumexp", x => x.logsumexp(1).sum() },
        { "silu", x => x.silu().sum() },
        { "gelu", x => x.gelu().sum() },
        { "rsqrt of the mean square", x => (x * (x.square().mean([-1], true) + 1e-6).rsqrt()).pow(3).sum() },
        { "index and cat", x => cat([x[0], x[1] * 2]).square().sum() },
        { "gather", x => x.gather(1, tensor(new[] { 2L, 1 }, 2, 1)).exp().sum() },
        { "expand and permute", x => (x.unsqueeze(0).expand(4, -1, -1).permute(1, 2, 0) * arange(4)).square().sum() },
        { "where", x => where(x > 0, x.square(), -x).sum() },
        { "norm", x => x.norm() },
        { "linear", x => nn.functional.linear(x, arange(6, dtype: float64).view(2, 3) / 6, ones(2, dtype: float64)).tanh().sum() },
        { "cross entropy", x => nn.functional.cross_entropy(x, tensor(new[] { 2L, -100 })) },
        { "attention", x => nn.functional.scaled_dot_product_attention(
            x.unsqueeze(0), x.unsqueeze(0) * 2, x.unsqueeze(0).cos(), is_casual: true).sum() },
    };

    [Theory]
    [MemberData(nameof(Losses), DisableDiscoveryEnumeration = true)]
    public void Gradients_agree_with_central_differences(string name, Func<Tensor, Tensor> loss)
    {
        Assert.NotEmpty(name);
        using var point = tensor(new[] { 0.3, -1.2, 0.8, 1.5, -0.4, 0.1 }, 2, 3);
        Expect.GradientByDifferences(loss, point);
    }

    [Fact]
    public void Gradients_add_up_until_they_are_cleared()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 1.0, 2.0 }, requires_grad: true);
        Assert.Null(x.grad);
        (x * x).sum().backward();
        (x * x).sum().backward();
        Expect.Values([4, 8], x.grad!);
        x.grad = null;
        Assert.Null(x.grad);
        x.grad = ones_like(x);
        (3 * x).sum().backward();
        Expect.Values([4, 4], x.grad!);
    }

    [Fact]
    public void Backward_takes_the_gradient_of_its_output()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 1.0, 2.0 }, requires_grad: true);
        (x * x).backward([tensor(new[] { 10.0, 1.0 })]);
        Expect.Values([20, 4], x.grad!);
    }

    [Fact]
    public void Backward_reaches_the_inputs_that_are_named_alone()
    {
        using var scope = NewDisposeScope();
        var (x, y) = (ones(2, requires_grad: true), ones(2, requires_grad: true));
        (x * y).sum().backward(inputs: [y]);
        Assert.Null(x.grad);
        Expect.Values([1, 1], y.grad!);
    }

    [Fact]
    public void Autograd_grad_returns_gradients_and_leaves_the_leaves_alone()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 1.0, 2.0 }, requires_grad: true);
        var first = autograd.grad([(x * x * x).sum()], [x], retain_graph: true, create_graph: true)[0];
        Expect.Values([3, 12], first);
        Expect.Values([6, 12], autograd.grad([first.sum()], [x])[0]);
        Assert.Null(x.grad);
    }

    [Fact]
    public void No_graph_is_kept_within_no_grad()
    {
        using var scope = NewDisposeScope();
        var x = ones(2, requires_grad: true);
        Assert.True(is_grad_enabled());
        using (no_grad()) {
            Assert.False(is_grad_enabled());
            Assert.False((x * 2).requires_grad);
            using (enable_grad()) Assert.True((x * 2).requires_grad);
            x.add_(1);
        }
        Assert.True(is_grad_enabled());
        using (inference_mode()) Assert.False((x * 2).requires_grad);
        Assert.False(is_inference_mode_enabled());
        Expect.Values([2, 2], x);
    }

    [Fact]
    public void Detached_tensors_share_values_and_no_graph()
    {
        using var scope = NewDisposeScope();
        var x = ones(2, requires_grad: true);
        var y = x * 2;
        Assert.False(y.is_leaf);
        Assert.True(x.is_leaf);
        Assert.False(y.detach().requires_grad);
        y.detach().fill_(5);
        Expect.Values([5, 5], y);
        Assert.Same(y, y.detach_());
        Assert.False(y.requires_grad);
    }

    [Fact]
    public void Intermediate_gradients_are_kept_when_asked()
    {
        using var scope = NewDisposeScope();
        var x = ones(2, requires_grad: true);
        var y = x * 3;
        y.retain_grad();
        (y * y).sum().backward();
        Expect.Values([6, 6], y.grad!);
        Expect.Values([18, 18], x.grad!);
    }
}
