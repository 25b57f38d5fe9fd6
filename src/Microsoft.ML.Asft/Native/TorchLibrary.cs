using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using TorchSharp;

namespace Microsoft.ML.Asft.Native;

/// <summary>
/// Loads TorchSharp's native library if the system's loader refuses it, or explains why it cannot be loaded.
/// <para>
/// The library of TorchSharp 0.107 was compiled by GCC 13. It refers to a symbol of GCC 13's libstdc++ that Debian 12 and
/// Ubuntu 22.04 do not have; see <see cref="NewerStandardLibrary"/>. The runtime calls this class only after it failed to load the
/// library itself. The environment variable ASFT_PATCH_LIBTORCHSHARP=0 switches the patch off.
/// </para>
/// </summary>
public static class TorchLibrary
{
    private const string SwitchVariable = "ASFT_PATCH_LIBTORCHSHARP";

    private const string Name = "LibTorchSharp";
    private const string FileName = "libLibTorchSharp.so";

    private static readonly Lock Gate = new();
    private static nint _library;
    private static string? _problem;

    /// <summary>Registers this class as a resolver of native libraries.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The resolver must be registered before TorchSharp loads its native library.")]
    internal static void Register()
    {
        if (OperatingSystem.IsLinux() && AssemblyLoadContext.GetLoadContext(typeof(torch).Assembly) is { } context)
        {
            context.ResolvingUnmanagedDll += Resolve;
        }
    }

    /// <summary>
    /// Loads TorchSharp's native library, unless it is loaded already. This library calls it before it loads a model. A program that uses
    /// TorchSharp before that must call it first.
    /// </summary>
    /// <exception cref="PlatformNotSupportedException">The library cannot be loaded. The message says what to install or reference.</exception>
    public static void EnsureLoaded()
    {
        if (NativeLibrary.TryLoad(Name, typeof(torch).Assembly, searchPath: null, out _))
        {
            return;
        }

        throw new PlatformNotSupportedException(_problem ?? Missing(RuntimeInformation.RuntimeIdentifier));
    }

    /// <summary>Loads a library file. If the patch can repair what the loader refused, it loads a patched copy.</summary>
    /// <param name="path">The file.</param>
    /// <param name="load">Loads a file with the system's loader, and throws <see cref="DllNotFoundException"/> on failure.</param>
    /// <param name="mayPatch">False if the user has switched patching off.</param>
    /// <param name="problem">The reason why the library could not be loaded; <see langword="null"/> if it was loaded.</param>
    /// <returns>The handle of the library, or 0 if it could not be loaded.</returns>
    internal static nint Load(string path, Func<string, nint> load, bool mayPatch, out string? problem)
    {
        problem = null;
        string reason;
        try
        {
            return load(path);
        }
        catch (DllNotFoundException error)
        {
            reason = LoaderMessage(error);
        }

        if (NewerStandardLibrary.IsReason(reason))
        {
            if (!mayPatch)
            {
                problem = $"{FileName} needs a newer libstdc++ than this system has, and loading a patched copy is switched off "
                    + $"({SwitchVariable}=0). Remove that variable, or use a system with the libstdc++ of GCC 13 (Debian 13, Ubuntu 24.04). The loader said: {reason}";
                return 0;
            }

            try
            {
                using var copy = new MemoryFile(Name, NewerStandardLibrary.Remove(File.ReadAllBytes(path)));
                return load(copy.Path);
            }
            catch (DllNotFoundException error)
            {
                reason = LoaderMessage(error);
            }
            catch (Exception error) when (error is BadImageFormatException or IOException or UnauthorizedAccessException)
            {
                reason += $" A patched copy could not be made: {error.Message}";
            }
        }

        problem = $"TorchSharp's native library '{path}' cannot be loaded on this system. It needs x64, glibc 2.34 and the libstdc++ of GCC 12 or later. "
            + $"Debian 12, Ubuntu 22.04 and newer systems have them. The loader said: {reason}";
        return 0;
    }

    /// <summary>The error for a program without a native library, which says what package to reference.</summary>
    /// <param name="system">The runtime identifier of the system.</param>
    internal static string Missing(string system)
    {
        string? version = typeof(torch).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];
        string package = system.StartsWith("linux", StringComparison.Ordinal) ? "libtorch-cpu-linux-x64" : "TorchSharp-cpu";
        return $"There is no libtorch in this program. Add one of its packages to the project that you run: 'dotnet add package {package}' for the CPU, "
            + $"or TorchSharp-cuda-linux or TorchSharp-cuda-windows for an NVIDIA GPU, in the version that belongs to TorchSharp {version}. "
            + $"libtorch exists for x64 on Linux and Windows, and for arm64 on Windows and macOS. This system is {system}.";
    }

    private static nint Resolve(Assembly assembly, string name)
    {
        if (name is not (Name or FileName) || assembly != typeof(torch).Assembly)
        {
            return 0;
        }

        lock (Gate)
        {
            if (_library == 0 && Find(FileName) is { } path && Find("libtorch_cpu.so") is { } libtorch)
            {
                // The loader cannot find libtorch relative to the copy in memory. So load libtorch first: the loader reuses loaded libraries by name.
                foreach (string needed in (string[])["libc10.so", "libtorch_cpu.so", "libtorch.so"])
                {
                    _ = NativeLibrary.TryLoad(Path.Combine(Path.GetDirectoryName(libtorch)!, needed), out _);
                }

                _library = Load(path, NativeLibrary.Load, Environment.GetEnvironmentVariable(SwitchVariable) != "0", out _problem);
            }

            return _library;
        }
    }

    private static string? Find(string file)
    {
        var folders = (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Concat([AppContext.BaseDirectory, Path.GetDirectoryName(typeof(torch).Assembly.Location) ?? ""])
            // A program without a libtorch of its own can use that of a PyTorch installation.
            .Concat((Environment.GetEnvironmentVariable("LD_LIBRARY_PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries));
        return folders
            .SelectMany(folder => (string[])[Path.Combine(folder, file), Path.Combine(folder, "runtimes", "linux-x64", "native", file)])
            .FirstOrDefault(File.Exists);
    }

    // The runtime's message ends with the loader's own message, after the runtime's advice.
    private static string LoaderMessage(DllNotFoundException error) => error.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[^1];
}
