using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Tests.Support;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Tests.Modeling;

public class DeviceChoiceTests
{
    [Theory]
    [InlineData(null, null, false, 2, "cpu")]
    [InlineData(null, 1, false, 2, "cuda:1")]
    [InlineData(null, 1, true, 2, "cuda:1")]
    [InlineData(null, 1, true, 1, "cpu")]          // FallbackToCpu
    [InlineData("cpu", 0, false, 2, "cpu")]        // the options come before the context
    [InlineData("cuda", null, false, 1, "cuda")]
    [InlineData("cuda:1", 0, false, 2, "cuda:1")]
    public void The_options_come_before_the_context_and_the_cpu_is_last(string? name, int? gpu, bool fallsBack, int gpus, string expected) =>
        Assert.Equal(expected, DeviceChoice.NameOf(name, gpu, fallsBack, SingleWorker.Instance, () => gpus));

    [Theory]
    [InlineData(null, 2, false, 2)]
    [InlineData(null, 0, false, 0)]
    [InlineData("cuda", null, true, 0)]            // who names a GPU in the options does not want the CPU
    [InlineData("cuda:2", null, true, 2)]
    public void A_gpu_that_is_not_there_is_an_error_unless_the_context_falls_back(string? name, int? gpu, bool fallsBack, int gpus)
    {
        var error = Assert.Throws<InvalidOperationException>(() => DeviceChoice.NameOf(name, gpu, fallsBack, SingleWorker.Instance, () => gpus));
        Assert.Contains($"libtorch sees {gpus}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda0")]
    public void A_name_that_is_no_device_is_an_error(string name) =>
        Assert.Contains(name, Assert.Throws<ArgumentException>(() => DeviceChoice.NameOf(name, null, false, SingleWorker.Instance, () => 9)).Message, StringComparison.Ordinal);

    [Fact]
    public void Each_of_several_workers_has_the_gpu_of_its_rank() => Assert.Equal(
        ["cuda:0", "cuda:1"],
        ThreadWorkers.Run(2, workers => DeviceChoice.NameOf("cuda", null, false, workers, () => 2)).Select(result => result.Result));
}
