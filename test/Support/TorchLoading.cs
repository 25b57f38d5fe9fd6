using System.Runtime.CompilerServices;
using Microsoft.ML.Asft.Native;

/// <summary>Loads TorchSharp's native library before a test or a benchmark calls TorchSharp, which may come before anything of the library.</summary>
internal static class TorchLoading
{
    [ModuleInitializer]
    internal static void Load() => TorchLibrary.EnsureLoaded();
}
