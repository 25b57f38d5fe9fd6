namespace TorchSharp.Polyfill.Tests;

public class RandomTests
{
    [Fact]
    public void The_same_seed_gives_the_same_numbers()
    {
        using var scope = NewDisposeScope();
        manual_seed(42);
        var first = cat([rand(5), randn(5), randperm(5).@float(), ones(5).bernoulli_(0.5)]);
        manual_seed(42);
        Assert.True(first.Equals(cat([rand(5), randn(5), randperm(5).@float(), ones(5).bernoulli_(0.5)])));
        manual_seed(43);
        Assert.False(first.Equals(cat([rand(5), randn(5), randperm(5).@float(), ones(5).bernoulli_(0.5)])));
    }

    [Fact]
    public void The_state_of_the_generator_can_be_kept()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var state = get_rng_state();
        var first = rand(4);
        set_rng_state(state);
        Assert.True(first.Equals(rand(4)));
    }

    [Fact]
    public void A_generator_of_ones_own_does_not_touch_the_default()
    {
        using var scope = NewDisposeScope();
        using var own = new Generator(7);
        Assert.Equal(7, own.initial_seed());
        manual_seed(3);
        var expected = rand(4);
        manual_seed(3);
        var first = rand(4, generator: own);
        Assert.True(expected.Equals(rand(4)));
        own.manual_seed(7);
        var state = own.get_state();
        Assert.True(first.Equals(rand(4, generator: own)));
        own.set_state(state);
        Assert.True(first.Equals(zeros(4).uniform_(0, 1, own)));
    }

    [Fact]
    public void Draws_follow_their_distributions()
    {
        using var scope = NewDisposeScope();
        manual_seed(0);
        const int Count = 100_000;
        var uniform = empty(Count, float64).uniform_(-2, 6);
        Assert.InRange(uniform.mean().ToDouble(), 1.96, 2.04);
        Assert.True(uniform.min().ToDouble() >= -2 && uniform.max().ToDouble() <= 6);
        var normal = empty(Count, float64).normal_(5, 2);
        Assert.InRange(normal.mean().ToDouble(), 4.97, 5.03);
        Assert.InRange(normal.std().ToDouble(), 1.97, 2.03);
        Assert.InRange(zeros(Count).bernoulli_(0.25).mean().ToDouble(), 0.24, 0.26);
        var drawn = tensor(new[] { 1.0, 3.0, 0.0 }).multinomial(Count, replacement: true);
        Assert.InRange((drawn == 1).@double().mean().ToDouble(), 0.74, 0.76);
        Assert.False((drawn == 2).any().ToBoolean());
        var whole = randint(3, 6, [Count]);
        Assert.Equal((int64, 3, 5), (whole.dtype, whole.min().ToInt32(), whole.max().ToInt32()));
        Expect.Values([0, 1, 2, 3, 4], randperm(5).sort().Values);
    }
}
