using Microsoft.ML.Asft.Native;

namespace Microsoft.ML.Asft.Tests.Native;

public class TorchLibraryTests
{
    private const nint Handle = 4711;
    private const string OlderStandardLibrary =
        "Unable to load shared library.\n/lib/x86_64-linux-gnu/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by libLibTorchSharp.so)\n";
    private const string OlderC =
        "Unable to load shared library.\n/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found (required by libLibTorchSharp.so)\n";

    [Fact]
    public void A_system_that_takes_the_library_as_it_is_gets_it_as_it_is()
    {
        var loaded = new List<string>();
        Assert.Equal(Handle, TorchLibrary.Load("libLibTorchSharp.so", path => { loaded.Add(path); return Handle; }, mayPatch: true, out string? problem));
        Assert.Null(problem);
        Assert.Equal(["libLibTorchSharp.so"], loaded);
    }

    [LinuxFact]
    public void An_older_standard_library_gets_the_patched_copy()
    {
        byte[]? copy = null;
        nint library = TorchLibrary.Load(
            LibTorchSharp.Path,
            path =>
            {
                if (path == LibTorchSharp.Path)
                {
                    throw new DllNotFoundException(OlderStandardLibrary);
                }

                copy = File.ReadAllBytes(path);
                return Handle;
            },
            mayPatch: true, out string? problem);

        Assert.Equal(Handle, library);
        Assert.Null(problem);
        Assert.Equal(NewerStandardLibrary.Remove(File.ReadAllBytes(LibTorchSharp.Path)), copy);
    }

    [Theory]
    [InlineData(OlderC)]
    [InlineData("Unable to load shared library.\nError loading shared library ld-linux-x86-64.so.2: No such file or directory\n")]
    public void A_system_beyond_help_is_told_what_it_lacks(string refusal)
    {
        int calls = 0;
        nint library = TorchLibrary.Load("libLibTorchSharp.so", _ => { calls++; throw new DllNotFoundException(refusal); }, mayPatch: true, out string? problem);

        Assert.Equal(0, library);
        Assert.Equal(1, calls);
        Assert.Contains("glibc 2.34 and the libstdc++ of GCC 12", problem);
        Assert.Contains(refusal.Trim().Split('\n')[^1], problem);
        Assert.DoesNotContain("Unable to load shared library", problem);
    }

    [LinuxFact]
    public void A_patched_copy_that_is_refused_too_is_told_with_the_reason_of_the_second_refusal()
    {
        nint library = TorchLibrary.Load(
            LibTorchSharp.Path, path => throw new DllNotFoundException(path == LibTorchSharp.Path ? OlderStandardLibrary : OlderC), mayPatch: true, out string? problem);

        Assert.Equal(0, library);
        Assert.Contains("GLIBC_2.34", problem);
    }

    [Fact]
    public void A_user_can_switch_the_patch_off_and_is_told_how_to_switch_it_on()
    {
        nint library = TorchLibrary.Load("libLibTorchSharp.so", _ => throw new DllNotFoundException(OlderStandardLibrary), mayPatch: false, out string? problem);

        Assert.Equal(0, library);
        Assert.Contains("ASFT_PATCH_LIBTORCHSHARP=0", problem);
        Assert.Contains("GLIBCXX_3.4.32", problem);
    }

    [Fact]
    public void A_file_that_is_no_library_is_told_beside_the_loaders_reason()
    {
        string file = Path.GetTempFileName();
        File.WriteAllText(file, "no library");
        nint library = TorchLibrary.Load(file, _ => throw new DllNotFoundException(OlderStandardLibrary), mayPatch: true, out string? problem);
        File.Delete(file);

        Assert.Equal(0, library);
        Assert.Contains("GLIBCXX_3.4.32", problem);
        Assert.Contains("A patched copy could not be made", problem);
    }

    [Theory]
    [InlineData("linux-x64", "dotnet add package libtorch-cpu-linux-x64")]
    [InlineData("win-x64", "dotnet add package TorchSharp-cpu")]
    [InlineData("osx-arm64", "dotnet add package TorchSharp-cpu")]
    public void A_program_without_libtorch_is_told_which_package_it_needs(string system, string advice)
    {
        string problem = TorchLibrary.Missing(system);
        Assert.Contains(advice, problem);
        Assert.Contains(system, problem);
    }
}
