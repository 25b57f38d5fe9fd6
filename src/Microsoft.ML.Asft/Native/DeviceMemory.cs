using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Native;

/// <summary>Asks NVIDIA's driver for a GPU's memory. TorchSharp has no method for it.</summary>
internal static partial class DeviceMemory
{
    /// <summary>The free memory of a GPU in bytes; <see langword="null"/> for the CPU, or if the driver does not tell.</summary>
    /// <param name="device">The device. Something of this thread must be in its memory already.</param>
    public static long? FreeBytes(Device device)
    {
        if (device.type != DeviceType.CUDA)
        {
            return null;
        }

        try
        {
            int error = OperatingSystem.IsWindows() ? GetInfoOnWindows(out nuint free, out _) : GetInfoOnLinux(out free, out _);
            return error == 0 ? (long)free : null;
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    [LibraryImport("libcuda.so.1", EntryPoint = "cuMemGetInfo_v2")]
    private static partial int GetInfoOnLinux(out nuint free, out nuint total);

    [LibraryImport("nvcuda", EntryPoint = "cuMemGetInfo_v2")]
    private static partial int GetInfoOnWindows(out nuint free, out nuint total);
}
