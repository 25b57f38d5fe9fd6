using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Asft.Native;

/// <summary>
/// Habits of the native libraries that cost time and memory on Linux, changed for the process before libtorch
/// is loaded. On libtorch 2.10 the small base model trains 1.2 to 1.5 times as long without the allocator's setting and 1.0 to 1.3 times without
/// libgomp's (docs/performance.md).
/// </summary>
internal static partial class NativeTuning
{
    private const int TrimThreshold = -1;
    private const int MmapThreshold = -3;
    private const int Never = 1 << 30;

    private static readonly TimeSpan BetweenReturns = TimeSpan.FromSeconds(2);

    private static bool _keepsFreeMemory;
    private static long _lastReturn;

    /// <summary>Applies all. What the user has set in the environment stays as it is.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "Nothing of this library runs before it, and so libtorch is not loaded yet.")]
    internal static void Apply()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        // OpenMP's threads wait busily for the next product and so take the core that a kernel of ours
        // should run on. Some 25 µs bridge the gap between two operators; libgomp's default is milliseconds.
        if (Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null)
        {
            _ = SetEnvironmentVariable("GOMP_SPINCOUNT", "2000", overwrite: 0);
        }

        // oneDNN compiles each product again for every number of tokens and keeps the last 1,024: a training run on rows of unequal
        // length gathers them for hundreds of steps. The shapes of one step, which all layers share, are a few dozen.
        if (Environment.GetEnvironmentVariable("ONEDNN_PRIMITIVE_CACHE_CAPACITY") is null)
        {
            _ = SetEnvironmentVariable("DNNL_PRIMITIVE_CACHE_CAPACITY", "256", overwrite: 0);
        }

        // glibc gives large blocks back to the system at every free, and every new tensor then begins with page faults.
        if (Environment.GetEnvironmentVariable("MALLOC_MMAP_THRESHOLD_") is null && NativeLibrary.TryLoad("libc.so.6", out nint libc)
            && NativeLibrary.TryGetExport(libc, "mallopt", out _))
        {
            _ = SetAllocatorOption(MmapThreshold, Never);
            _ = SetAllocatorOption(TrimThreshold, Never);
            _keepsFreeMemory = true;
        }
    }

    /// <summary>
    /// Gives back what lies free between blocks of the C heap, every two seconds at most: tensors of changing sizes leave ever more of it,
    /// and to take it again costs page faults.
    /// </summary>
    internal static void ReturnFreeMemory()
    {
        if (_keepsFreeMemory && Stopwatch.GetElapsedTime(_lastReturn) > BetweenReturns)
        {
            _ = TrimHeap(0);
            _lastReturn = Stopwatch.GetTimestamp();
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironmentVariable(string name, string value, int overwrite);

    [LibraryImport("libc.so.6", EntryPoint = "malloc_trim")]
    private static partial int TrimHeap(nuint keep);

    [LibraryImport("libc.so.6", EntryPoint = "mallopt")]
    private static partial int SetAllocatorOption(int option, int value);
}
