#nullable enable
using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Finds the native part, and says what to install where it or libtorch is missing.</summary>
internal static class LibraryLoader
{
    private const string FileName = "libasft_torch.so";

    // What asft_torch was linked with, in the order in which they need one another.
    private static readonly string[] _libtorch =
        ["libc10.so", "libtorch_cpu.so", "libc10_cuda.so", "libtorch_cuda.so", "libtorch.so"];

    public static nint Load()
    {
        var path = Path.Combine(AppContext.BaseDirectory, FileName);
        if (!File.Exists(path))
            throw new DllNotFoundException(Missing($"{FileName} is not in {AppContext.BaseDirectory}: it was built without libtorch."));
        try
        {
            if (Environment.GetEnvironmentVariable("ASFT_LIBTORCH") is { Length: > 0 } libtorch)
                LoadLibtorch(Path.Combine(libtorch, "lib"));
            return NativeLibrary.Load(path);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw new DllNotFoundException(Missing(e.Message.ReplaceLineEndings(" ").Trim()), e);
        }
    }

    // Once loaded, a library serves all that ask for its name, so this folder wins over the one known at build time.
    private static void LoadLibtorch(string folder)
    {
        if (!File.Exists(Path.Combine(folder, "libtorch_cpu.so")))
            throw new DllNotFoundException($"ASFT_LIBTORCH is set, but {folder} holds no libtorch_cpu.so.");
        foreach (var name in _libtorch.Select(n => Path.Combine(folder, n)).Where(File.Exists))
            NativeLibrary.Load(name);
    }

    private static string Missing(string detail) =>
        "libtorch could not be loaded. Install it (apt-get install libtorch-dev libopenblas0-pthread), or set ASFT_LIBTORCH to "
        + $"a libtorch folder or the torch folder of a PyTorch installation; then build again. ({detail})";
}
