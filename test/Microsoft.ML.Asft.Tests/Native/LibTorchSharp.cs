using System.Runtime.InteropServices;

namespace Microsoft.ML.Asft.Tests.Native;

/// <summary>TorchSharp's native library as it comes in its package.</summary>
internal static class LibTorchSharp
{
    public static string Path { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", "libLibTorchSharp.so");

    /// <summary>Gets what the system's loader says of it, null where it loads.</summary>
    public static string? Refusal
    {
        get
        {
            try
            {
                NativeLibrary.Free(NativeLibrary.Load(Path));
                return null;
            }
            catch (DllNotFoundException error)
            {
                return error.Message;
            }
        }
    }
}

/// <summary>A fact about files of 64-bit Linux.</summary>
internal sealed class LinuxFactAttribute : FactAttribute
{
    public LinuxFactAttribute() => Skip = File.Exists(LibTorchSharp.Path) ? null : "needs TorchSharp's native library for Linux";
}
