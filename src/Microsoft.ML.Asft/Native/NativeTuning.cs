using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Asft.Native;

/// <summary>
/// Changes default settings of native libraries on Linux that cost time and memory, before libtorch is loaded. On libtorch 2.10,
/// training the small base model takes 1.2 to 1.5 times as long without the allocator's setting, and 1.0 to 1.3 times as long without
/// libgomp's (docs/performance.md).
/// </summary>
internal static partial class NativeTuning
{
    private const int TrimThreshold = -1;
    private const int MmapThreshold = -3;
    private const int Never = 1 << 30;

    private static readonly TimeSpan TrimInterval = TimeSpan.FromSeconds(2);

    private static bool _keepsFreeMemory;
    private static long _lastTrim;

    /// <summary>Applies all settings, except those that the user has set in the environment.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "Nothing of this library runs before it, and so libtorch is not loaded yet.")]
    internal static void Apply()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        // OpenMP's threads spin while they wait for the next product, and so occupy the cores that our own kernels
        // need. Spinning for about 25 µs bridges the gap between two operators; libgomp's default is milliseconds.
        if (Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null)
        {
            _ = SetEnvironmentVariable("GOMP_SPINCOUNT", "2000", overwrite: 0);
        }

        // oneDNN compiles each product again for every number of tokens and caches the last 1,024. On rows of unequal length this cache
        // grows for hundreds of steps. One step needs only a few dozen shapes, which all layers share.
        if (Environment.GetEnvironmentVariable("ONEDNN_PRIMITIVE_CACHE_CAPACITY") is null)
        {
            _ = SetEnvironmentVariable("DNNL_PRIMITIVE_CACHE_CAPACITY", "256", overwrite: 0);
        }

        // By default glibc returns large blocks to the system at every free. Every new large tensor then causes page faults.
        if (Environment.GetEnvironmentVariable("MALLOC_MMAP_THRESHOLD_") is null && NativeLibrary.TryLoad("libc.so.6", out nint libc)
            && NativeLibrary.TryGetExport(libc, "mallopt", out _))
        {
            _ = SetAllocatorOption(MmapThreshold, Never);
            _ = SetAllocatorOption(TrimThreshold, Never);
            _keepsFreeMemory = true;
        }
    }

    /// <summary>
    /// Returns the free memory between blocks of the C heap to the system, at most every two seconds. Tensors of changing sizes leave more and
    /// more of such memory. It is not returned more often because using it again costs page faults.
    /// </summary>
    internal static void ReturnFreeMemory()
    {
        if (_keepsFreeMemory && Stopwatch.GetElapsedTime(_lastTrim) > TrimInterval)
        {
            _ = TrimHeap(0);
            _lastTrim = Stopwatch.GetTimestamp();
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironmentVariable(string name, string value, int overwrite);

    [LibraryImport("libc.so.6", EntryPoint = "malloc_trim")]
    private static partial int TrimHeap(nuint keep);

    [LibraryImport("libc.so.6", EntryPoint = "mallopt")]
    private static partial int SetAllocatorOption(int option, int value);
}
