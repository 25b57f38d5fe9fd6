using Microsoft.ML.Runtime;

namespace Microsoft.ML.Polyfill.Tests;

public class MLContextTests
{
    [Fact]
    public void Messages_reach_the_log_with_their_source_and_kind()
    {
        var ml = new MLContext();
        var log = new List<LoggingEventArgs>();
        ml.Log += (_, message) => log.Add(message);
        var host = ((IHostEnvironment)ml).Register("Trainer");

        using (var channel = host.Start("Training"))
        {
            channel.Info(MessageSensitivity.None, "step {0} of {1}", 1, 10);
            channel.Warning(MessageSensitivity.None, "as it is: {0}");
        }

        Assert.Equal(
            ["Channel started", "step 1 of 10", "as it is: {0}"], log.Take(3).Select(message => message.RawMessage));
        Assert.Equal(
            [ChannelMessageKind.Trace, ChannelMessageKind.Info, ChannelMessageKind.Warning], log.Take(3).Select(message => message.Kind));
        Assert.All(log, message => Assert.Equal("Trainer; Training", message.Source));
        Assert.Equal("[Source=Trainer; Training, Kind=Info] step 1 of 10", log[1].Message);
        Assert.Equal("Channel disposed", log[^1].RawMessage);
    }

    [Fact]
    public void Whoever_stops_listening_hears_no_more()
    {
        var ml = new MLContext();
        int heard = 0;
        void Listen(object? sender, LoggingEventArgs message) => heard++;
        ml.Log += Listen;
        ml.Log -= Listen;

        using (((IHostEnvironment)ml).Start("x"))
            Assert.Equal(0, heard);
    }

    [Fact]
    public void The_settings_begin_as_the_real_ones_do()
    {
        var ml = new MLContext();

        Assert.False(ml.FallbackToCpu);
        Assert.Null(ml.GpuDeviceId);
        Assert.Equal(Path.GetTempPath(), ml.TempFilePath);
    }

    [Fact]
    public void Options_are_kept_by_name()
    {
        var ml = new MLContext();

        Assert.True(ml.TryAddOption("threads", 3));
        Assert.False(ml.TryAddOption("threads", 4));
        Assert.Equal(3, ml.GetOptionOrDefault<int>("threads"));
        Assert.False(ml.TryGetOption<string>("threads", out _));
        Assert.True(ml.RemoveOption("threads"));
        Assert.Equal(0, ml.GetOptionOrDefault<int>("threads"));
        Assert.Throws<ArgumentNullException>(() => ml.SetOption("", 1));
    }

    [Fact]
    public void A_seed_makes_hosts_repeat_themselves()
    {
        static double Draw(int seed) => ((IHostEnvironment)new MLContext(seed)).Register("x").Rand.NextDouble();

        Assert.Equal(Draw(5), Draw(5));
        Assert.NotEqual(Draw(5), Draw(6));
    }

    [Fact]
    public void An_error_says_which_component_threw_it()
    {
        var host = ((IHostEnvironment)new MLContext()).Register("Trainer");
        using var channel = host.Start("Training");

        var error = channel.Process(new InvalidOperationException());

        Assert.Equal("Trainer", error.Data["Throwing component"]);
        Assert.Equal("Training", error.Data["Phase"]);
    }
}
