using System.Diagnostics;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Asft.Tests.Modeling.Operators;

/// <summary>
/// Kernels take other paths on processors without AVX-512. The runtime decides on that when it starts, so another process runs the
/// operators' tests, and those of kernels and of decoding, once more without it.
/// </summary>
public class InstructionSetTests
{
    private const string Switch = "ASFT_TEST_WITHOUT_AVX512";

    [Fact]
    public async Task Operators_agree_without_AVX512_too()
    {
        if (Environment.GetEnvironmentVariable(Switch) is not null)
        {
            Assert.False(Avx512F.IsSupported, "The runtime was asked to do without AVX-512, and uses it.");
            return;
        }

        var start = new ProcessStartInfo(
            "dotnet", ["test", typeof(InstructionSetTests).Assembly.Location, "--filter", "FullyQualifiedName~Modeling.Operators|FullyQualifiedName~Modeling.Kernels|FullyQualifiedName~Modeling.Storage|FullyQualifiedName~CachedDecoding"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { [Switch] = "1", ["DOTNET_EnableAVX512"] = "0", ["DOTNET_EnableAVX512F"] = "0" },
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0 && output.Contains("Passed!", StringComparison.Ordinal), output + await error);
        Assert.Matches(@"Passed:\s+[0-9]{2,}", output);   // a filter that finds nothing passes too
    }
}
