using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Training;

namespace Microsoft.ML.Asft.Tests.Training;

public class BatchPlanTests
{
    private static readonly int[] Lengths = [.. Enumerable.Range(0, 103).Select(i => 5 + (i * 37 % 50))];

    [Theory]
    [InlineData(BatchOrder.Shuffled)]
    [InlineData(BatchOrder.Sequential)]
    public void An_epoch_visits_every_example_once(BatchOrder order)
    {
        var plan = new BatchPlan(Lengths, 2, 8, order, seed: 3);
        var steps = plan.Epoch(0).ToArray();
        Assert.Equal(plan.StepsPerEpoch, steps.Length);
        Assert.Equal(Enumerable.Range(0, 103), steps.SelectMany(s => s).SelectMany(b => b).Order());
        Assert.All(steps.SelectMany(s => s), batch => Assert.InRange(batch.Length, 1, 2));
    }

    [Fact]
    public void Sequential_order_is_the_order_of_the_data()
    {
        var plan = new BatchPlan(Lengths, 4, null, BatchOrder.Sequential, seed: 3);
        Assert.Equal(Enumerable.Range(0, 103), plan.Epoch(1).SelectMany(s => s).SelectMany(b => b));
    }

    [Fact]
    public void The_seed_and_the_epoch_decide_the_order()
    {
        int[] Order(int seed, int epoch) =>
            [.. new BatchPlan(Lengths, 4, null, BatchOrder.Shuffled, seed).Epoch(epoch).SelectMany(s => s).SelectMany(b => b)];
        Assert.Equal(Order(3, 0), Order(3, 0));
        Assert.NotEqual(Order(3, 0), Order(4, 0));
        Assert.NotEqual(Order(3, 0), Order(3, 1));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void The_largest_batch_is_one_of_the_steps_taken(int steps)
    {
        var plan = new BatchPlan(Lengths, 2, 8, BatchOrder.Shuffled, seed: 3);
        int Tokens(int[] rows) => rows.Sum(row => Lengths[row]);
        Assert.Equal(plan.From(0).Take(steps).SelectMany(step => step).Max(Tokens), plan.Largest(steps).Max(Tokens));
    }

    [Fact]
    public void Shuffled_batches_hold_examples_of_like_length()
    {
        static int Padding(BatchPlan plan) => plan.Epoch(0).SelectMany(s => s).Sum(b => b.Sum(i => b.Max(j => Lengths[j]) - Lengths[i]));
        Assert.True(
            Padding(new BatchPlan(Lengths, 4, null, BatchOrder.Shuffled, 3)) * 4
            < Padding(new BatchPlan(Lengths, 4, null, BatchOrder.Sequential, 3)));
    }
}
