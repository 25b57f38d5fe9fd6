using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Native;

/// <summary>Copies from the host to a device.</summary>
internal static class DeviceTransfer
{
    /// <summary>
    /// Sends a tensor. A GPU gets it through pinned memory, so that the host does not wait until the GPU has done all that was queued before the copy.
    /// </summary>
    /// <param name="host">The tensor, on the CPU. It is disposed, unless the device is the CPU.</param>
    /// <param name="device">The device.</param>
    public static Tensor Send(Tensor host, Device device)
    {
        if (device.type == DeviceType.CPU)
        {
            return host;
        }

        // libtorch keeps the pinned memory until the copy is done.
        using (host)
        using (var pinned = host.pin_memory())
        {
            return pinned.to(device, non_blocking: true);
        }
    }

    /// <summary>Sends numbers.</summary>
    /// <param name="values">The numbers.</param>
    /// <param name="shape">The shape of the tensor, int64.</param>
    /// <param name="device">The device.</param>
    public static Tensor Send(long[] values, long[] shape, Device device) => Send(tensor(values, shape, ScalarType.Int64), device);
}
