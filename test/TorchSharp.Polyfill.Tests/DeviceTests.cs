namespace TorchSharp.Polyfill.Tests;

public class DeviceTests
{
    [Fact]
    public void Devices_are_written_and_read_by_name()
    {
        Assert.Equal((DeviceType.CPU, -1, "cpu"), (CPU.type, CPU.index, CPU.ToString()));
        var second = new Device("cuda:1");
        Assert.Equal((DeviceType.CUDA, 1, "cuda:1"), (second.type, second.index, second.ToString()));
        Assert.Equal("cuda", new Device(DeviceType.CUDA).ToString());
        Assert.Throws<ArgumentException>(() => device("abacus"));
    }

    [Fact]
    public void A_device_that_is_not_there_is_refused()
    {
        if (cuda.is_available()) Assert.True(cuda.device_count() > 0);
        else Assert.Throws<InvalidOperationException>(() => ones(2, device: device("cuda")));
    }

    [Fact]
    public void The_number_of_threads_can_be_set()
    {
        var before = get_num_threads();
        set_num_threads(1);
        Assert.Equal(1, get_num_threads());
        set_num_threads(before);
        Assert.Equal(before, get_num_threads());
    }
}
