using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Asft.Cli.Tests;

public class TorchLibraryTests
{
    /// <summary>Only where the system needs the patch can be seen what happens without it.</summary>
    private sealed class NeededFactAttribute : FactAttribute
    {
        public NeededFactAttribute()
        {
            string file = Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", "libLibTorchSharp.so");
            try
            {
                NativeLibrary.Load(file);
                Skip = "this system loads TorchSharp's native library as it is";
            }
            catch (DllNotFoundException error)
            {
                Skip = error.Message.Contains("GLIBCXX_3.4.32", StringComparison.Ordinal) ? null : "this system cannot load TorchSharp's native library";
            }
        }
    }

    [NeededFact]
    public async Task Switched_off_the_patch_leaves_one_sentence_that_says_what_the_system_lacks()
    {
        string model = Path.Combine(AppContext.BaseDirectory, "assets", "base-model");
        var start = new ProcessStartInfo("dotnet", [ToolProcess.Assembly, "generate", "--model", model, "--prompt", "x"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["ASFT_PATCH_LIBTORCHSHARP"] = "0" },
        };
        using var process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync();
        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.Equal(1, process.ExitCode);
        Assert.Empty(output);
        string line = Assert.Single(error.Trim().Split('\n'));
        Assert.Contains("needs a newer libstdc++ than this system has", line);
    }
}
