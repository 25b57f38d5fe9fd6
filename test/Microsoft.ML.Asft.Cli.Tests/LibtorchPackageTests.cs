using System.Text.Json;

namespace Microsoft.ML.Asft.Cli.Tests;

/// <summary>Which package brings libtorch is decided by MSBuild (Directory.Build.targets). It is asked here, and nothing is restored.</summary>
public class LibtorchPackageTests
{
    [Theory]
    [InlineData("cpu", "linux-x64", "libtorch-cpu-linux-x64")]
    [InlineData("cpu", "win-x64", "TorchSharp-cpu")]
    [InlineData("cpu", "osx-arm64", "TorchSharp-cpu")]
    [InlineData("cuda", "linux-x64", "TorchSharp-cuda-linux")]
    [InlineData("cuda", "win-x64", "TorchSharp-cuda-windows")]
    public async Task A_program_refers_to_the_one_libtorch_of_its_system_and_device_and_to_a_version_of_it(string device, string system, string package)
    {
        var (exitCode, output) = await Evaluate(
            "samples/Quickstart/Quickstart.csproj", "-getItem:PackageReference,PackageVersion", $"-p:AsftDevice={device}", $"-p:RuntimeIdentifier={system}");

        Assert.True(exitCode == 0, output);
        Assert.Equal([package], Libtorch(output, "PackageReference"));
        Assert.Contains(package, Libtorch(output, "PackageVersion"));
    }

    [Fact]
    public async Task The_library_leaves_the_choice_of_libtorch_to_who_uses_it()
    {
        var (exitCode, output) = await Evaluate("src/Microsoft.ML.Asft/Microsoft.ML.Asft.csproj", "-getItem:PackageReference", "-p:AsftDevice=cuda");

        Assert.True(exitCode == 0, output);
        Assert.Contains("TorchSharp", output);
        Assert.Empty(Libtorch(output, "PackageReference"));
    }

    [Theory]
    [InlineData("rocm", "linux-x64")]
    [InlineData("cuda", "osx-arm64")]
    public async Task A_device_that_the_system_cannot_have_is_refused_by_name(string device, string system)
    {
        var (exitCode, output) = await Evaluate(
            "samples/Quickstart/Quickstart.csproj", "-t:CheckAsftDevice", $"-p:AsftDevice={device}", $"-p:RuntimeIdentifier={system}");

        Assert.NotEqual(0, exitCode);
        Assert.Contains($"AsftDevice is '{device}'; it can be cpu, or on Linux and Windows cuda.", output);
    }

    private static async Task<(int ExitCode, string Output)> Evaluate(string project, params string[] arguments)
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "Microsoft.ML.Asft.slnx")))
        {
            root = root.Parent;
        }

        Assert.True(root is not null, "The tests run outside the repository.");
        using var process = ToolProcess.StartProgram("dotnet", ["msbuild", Path.Combine(root.FullName, project), "-nologo", .. arguments]);
        var error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await error);
    }

    // TorchSharp itself, and Microsoft.ML.TorchSharp, bring no libtorch.
    private static string[] Libtorch(string json, string item)
    {
        using var document = JsonDocument.Parse(json);
        return
        [
            .. document.RootElement.GetProperty("Items").GetProperty(item).EnumerateArray().Select(i => i.GetProperty("Identity").GetString()!)
                .Where(name => name.StartsWith("libtorch-", StringComparison.Ordinal) || name.StartsWith("TorchSharp-", StringComparison.Ordinal)),
        ];
    }
}
