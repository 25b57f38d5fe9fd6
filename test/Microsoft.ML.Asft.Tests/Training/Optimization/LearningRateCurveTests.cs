using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Training.Optimization;

namespace Microsoft.ML.Asft.Tests.Training.Optimization;

public class LearningRateCurveTests
{
    [Fact]
    public void Warm_up_climbs_in_a_straight_line_to_the_peak()
    {
        var curve = new LearningRateCurve(LearningRateSchedule.Cosine, 1.0, 0.1, 100);
        Assert.Equal(0.1, curve.At(0), 12);
        Assert.Equal(0.5, curve.At(4), 12);
        Assert.Equal(1.0, curve.At(9), 12);
    }

    [Theory]
    [InlineData(LearningRateSchedule.Cosine, 0.5)]
    [InlineData(LearningRateSchedule.Linear, 0.5)]
    [InlineData(LearningRateSchedule.Constant, 1.0)]
    public void Half_way_after_the_warm_up(LearningRateSchedule schedule, double expected)
    {
        Assert.Equal(expected, new LearningRateCurve(schedule, 1.0, 0.1, 110).At(11 + 49) + HalfStep(schedule), 2);

        // 99 steps follow the warm-up; their middle lies between two of them.
        static double HalfStep(LearningRateSchedule schedule) => schedule == LearningRateSchedule.Constant ? 0 : -0.005;
    }

    [Fact]
    public void Without_warm_up_the_first_step_has_the_peak() =>
        Assert.Equal(3e-4, new LearningRateCurve(LearningRateSchedule.Linear, 3e-4, 0, 10).At(0), 12);
}
