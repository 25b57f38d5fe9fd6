using System.Diagnostics;

namespace TorchSharp.Polyfill.Tests;

public class EnduranceTests
{
    [Fact]
    public void Ten_thousand_training_rounds_leave_no_tensor_and_no_memory_behind()
    {
        const int WarmUp = 5_000, Rounds = 10_000;
        manual_seed(0);
        var threads = get_num_threads();
        set_num_threads(1);
        using var outer = NewDisposeScope();
        using var first = nn.Linear(8, 16);
        using var second = nn.Linear(16, 1);
        var parameters = first.parameters().Concat(second.parameters()).ToList();
        var input = randn(32, 8);
        var target = input.sum(1, keepdim: true).tanh();

        var initial = Round();
        for (var i = 0; i < WarmUp; i++) Round();
        var (live, memory) = (DisposeScopeManager.Statistics.ThreadTotalLiveCount, ResidentMemory());
        var last = 0f;
        for (var i = 0; i < Rounds; i++) last = Round();
        set_num_threads(threads);

        Assert.Equal(live, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.InRange(ResidentMemory() - memory, long.MinValue, 16L << 20);
        Assert.True(last < initial / 20, $"the loss went from {initial} to {last}");

        float Round()
        {
            using var scope = NewDisposeScope();
            var loss = nn.functional.mse_loss(second.call(first.call(input).tanh()), target);
            loss.backward();
            using (no_grad())
                foreach (var parameter in parameters) {
                    parameter.sub_(parameter.grad! * 0.05);
                    parameter.grad = null;
                }
            return loss.ToSingle();
        }
    }

    private static long ResidentMemory()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
