using System.Diagnostics;

namespace TorchSharp.Polyfill.Tests;

public class MissingLibtorchTests
{
    // The real package brings its own libtorch and does not know the variable.
    private sealed class PolyfillFactAttribute : FactAttribute
    {
        public PolyfillFactAttribute()
        {
            if (!File.Exists(Path.Combine(AppContext.BaseDirectory, "libasft_torch.so"))) Skip = "TorchSharp is not the polyfill here.";
        }
    }

    [PolyfillFact]
    public void A_missing_libtorch_is_one_clear_error_that_says_what_to_install()
    {
        var (code, output) = Run("/nowhere/libtorch");
        Assert.Equal(3, code);
        Assert.Contains("apt-get install libtorch-dev libopenblas0-pthread", output);
        Assert.Contains("ASFT_LIBTORCH", output);
        Assert.Contains("/nowhere/libtorch/lib", output);
        Assert.Single(output.Trim().Split('\n'));
    }

    [PolyfillFact]
    public void With_libtorch_where_it_was_at_build_time_the_program_runs()
    {
        Assert.Equal((0, "6"), Run(Environment.GetEnvironmentVariable("ASFT_LIBTORCH")));
    }

    private static (int Code, string Output) Run(string? libtorch)
    {
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo(host) { RedirectStandardOutput = true };
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(typeof(MissingLibtorchTests).Assembly.Location);
        start.Environment["ASFT_LIBTORCH"] = libtorch;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output.Trim());
    }
}
