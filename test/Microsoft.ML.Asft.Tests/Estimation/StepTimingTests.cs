using Microsoft.ML.Asft.Estimation;

namespace Microsoft.ML.Asft.Tests.Estimation;

public sealed class StepTimingTests
{
    // One layer takes 0.25 s a token and three take 1.25 s: a layer takes 0.5 s, and the lowest 0.25 s less.
    private static readonly StepTiming Timing = new(Batch: (-0.25, 0.5), Reference: (0.125, 0.25), Label: 2, Update: 0.5);

    [Theory]
    [InlineData(1, 0.25)]
    [InlineData(3, 1.25)]
    [InlineData(30, 14.75)]
    public void A_layer_more_takes_what_a_layer_takes(int layers, double perToken)
    {
        Assert.Equal(8 * perToken, Timing.OfStep(layers, tokens: 8, labels: 0, trained: 0, withReference: false));
    }

    [Fact]
    public void A_step_is_the_sum_of_its_parts()
    {
        Assert.Equal(4 * 0.625, Timing.OfReference(2, 4));
        Assert.Equal((4 * 0.75) + (3 * 2) + (10 * 0.5), Timing.OfStep(2, tokens: 4, labels: 3, trained: 10, withReference: false));
        Assert.Equal((4 * 0.75) + (3 * 2) + (10 * 0.5) + (4 * 0.625), Timing.OfStep(2, tokens: 4, labels: 3, trained: 10, withReference: true));
    }

    [Fact]
    public void The_clock_counts_what_a_thread_computes()
    {
        double started = ThreadClock.Seconds;
        double sum = 0;
        for (int i = 0; i < 5_000_000; i++)
        {
            sum += Math.Sqrt(i);
        }

        double seconds = ThreadClock.Seconds - started;
        Assert.True(sum > 0 && seconds > 0, $"{seconds} s");
    }
}
