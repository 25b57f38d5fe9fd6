using System.Runtime.InteropServices;

namespace TorchSharp.Polyfill.Tests;

public class ErrorTests
{
    private static string MessageOf(Action act)
    {
        using var scope = NewDisposeScope();
        return Assert.Throws<ExternalException>(act).Message;
    }

    [Fact]
    public void Errors_of_libtorch_arrive_with_its_words()
    {
        Assert.Contains("mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)", MessageOf(() => ones(2, 3).mm(ones(2, 3))));
        Assert.Contains("must match the size of tensor b (3)", MessageOf(() => ones(2).add(ones(3))));
        Assert.Contains("shape '[5]' is invalid for input of size 6", MessageOf(() => ones(2, 3).view(5)));
        Assert.Contains("Dimension out of range", MessageOf(() => ones(2).sum(3)));
        Assert.Contains("index 5 out of range", MessageOf(() => _ = ones(2)[5]));
        Assert.Contains("Expected tensor for argument", MessageOf(() => nn.Embedding(2, 2).call(ones(2))));
    }

    [Fact]
    public void Errors_of_autograd_arrive_too()
    {
        Assert.Contains("does not require grad", MessageOf(() => ones(2).sum().backward()));
        Assert.Contains("leaf Variable that requires grad", MessageOf(() => ones(2, requires_grad: true).add_(1)));
        Assert.Contains("ensors of floating point", MessageOf(() => ones(2, dtype: int64).requires_grad = true));
        Assert.Contains("second time", MessageOf(() => {
            var loss = ones(2, requires_grad: true).square().sum();
            loss.backward();
            loss.backward();
        }));
    }

    [Fact]
    public void Work_goes_on_after_an_error()
    {
        for (var i = 0; i < 100; i++) MessageOf(() => ones(2).add(ones(3)));
        using var sum = ones(3).sum();
        Assert.Equal(3, sum.ToSingle());
    }

    [Fact]
    public void Disposed_tensors_say_so()
    {
        var x = ones(2);
        x.Dispose();
        x.Dispose();
        Assert.True(x.IsInvalid);
        Assert.Throws<InvalidOperationException>(() => x.add(1));
        Assert.Throws<InvalidOperationException>(() => x.shape);
        Assert.Throws<InvalidOperationException>(() => ones(1).add(x));
    }
}
