using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Training;

/// <summary>What a night-long run must not do: grow.</summary>
public sealed class FlatnessTests : FitFixture
{
    private const long Mebibyte = 1 << 20;

    [Fact]
    public void Memory_and_live_tensors_are_flat_over_2000_steps()
    {
        var options = Options();
        options.MaxSteps = 2000;
        options.LearningRate = 1e-4;
        options.Validation.Data = Data();
        options.Validation.EverySteps = 250;
        long[] tensors = new long[options.MaxSteps.Value + 1];
        long[] memory = new long[options.MaxSteps.Value + 1];
        options.Reporting.Progress = new Listener<AsftProgress>(p =>
        {
            tensors[p.Step] = Tensor.TotalCount;
            if (p.Step % 500 == 0)
            {
                memory[p.Step] = Collected().Memory;
            }
        });
        using var model = Fit(options);
        Assert.Equal(2000, model.History.Count);
        Assert.Equal(tensors[100], tensors[2000]);
        Assert.True(memory[2000] - memory[500] < 24 * Mebibyte, $"{memory[500] / Mebibyte} MiB after 500 steps, {memory[2000] / Mebibyte} after 2000");
    }

    [Fact]
    public void Memory_and_live_tensors_are_flat_over_20_fits()
    {
        var options = Options();
        options.MaxSteps = 3;
        options.Validation.Data = Data();
        (long tensors, long memory, int parameters) = (0, 0, 0);
        for (int i = 0; i < 20; i++)
        {
            options.OutputFolder = At($"fit-{i}");
            using (var model = Fit(options))
            {
                parameters = model.Model.parameters().Count();
            }

            if (i == 4)
            {
                (tensors, memory) = Collected();
            }
        }

        var after = Collected();
        Assert.Equal(tensors + (15 * parameters), after.Tensors);
        Assert.True(after.Memory - memory < 24 * Mebibyte, $"{memory / Mebibyte} MiB after 5 fits, {after.Memory / Mebibyte} after 20");
    }

    [Fact]
    public void A_fit_that_fails_leaves_no_tensors()
    {
        var options = Options();
        Stop(options, 2);
        using var model = Fit(options = Options());
        int parameters = model.Model.parameters().Count();
        long tensors = Collected().Tensors;
        for (int i = 0; i < 3; i++)
        {
            Stop(options, 2);
        }

        Assert.Equal(tensors + (3 * parameters), Collected().Tensors);
    }

    // TorchSharp goes on counting a tensor that a parameter took over: one for each parameter ever made.
    private static (long Tensors, long Memory) Collected()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return (Tensor.TotalCount, Environment.WorkingSet);
    }
}
