#nullable enable
using System.Runtime.InteropServices;
using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static string __version__ => Marshal.PtrToStringUTF8(Version)!;

    private static unsafe nint Version => (nint)NativeMethods.asft_version();

    public static bool TryInitializeDeviceType(DeviceType deviceType) => deviceType switch
    {
        DeviceType.MPS => false,
        DeviceType.CUDA => cuda.Devices > 0,
        _ => true,
    };

    public static void InitializeDeviceType(DeviceType deviceType)
    {
        if (deviceType == DeviceType.MPS)
            throw new InvalidOperationException("Torch device type 'MPS' is not available on this platform.");
        if (deviceType == DeviceType.CUDA && cuda.Devices == 0)
            throw new InvalidOperationException($"Torch device type {deviceType} did not initialise on the current machine: "
                + $"libtorch {__version__} finds no CUDA device.");
    }

    public static Device InitializeDevice(Device? device)
    {
        device ??= get_default_device();
        if (device.type != DeviceType.CPU) InitializeDeviceType(device.type);
        return device;
    }

    public static Device get_default_device() => _defaultDevice;
    public static void set_default_device(Device device) => _defaultDevice = device ?? throw new ArgumentNullException(nameof(device));
    public static void set_default_device(string device) => set_default_device(new Device(device));

    public static bool cuda_is_available() => torch.cuda.is_available();
    public static bool mps_is_available() => false;

    public static unsafe int get_num_threads() => NativeMethods.asft_threads();
    public static unsafe void set_num_threads(int num) => Dispatch.Check(NativeMethods.asft_set_threads(num));
    public static unsafe int get_num_interop_threads() => NativeMethods.asft_interop_threads();
    public static unsafe void set_num_interop_threads(int num) => Dispatch.Check(NativeMethods.asft_set_interop_threads(num));

    public static partial class cuda
    {
        private static int? _devices;

        internal static int Devices => _devices ??= CountDevices();

        private static unsafe int CountDevices()
        {
            int count;
            Dispatch.Check(NativeMethods.asft_cuda_devices(&count));
            return count;
        }

        public static bool is_available() => Devices > 0;
        public static int device_count() => Devices;
        public static unsafe void manual_seed(long seed) => Dispatch.Check(NativeMethods.asft_cuda_seed((ulong)seed, 0));
        public static unsafe void manual_seed_all(long seed) => Dispatch.Check(NativeMethods.asft_cuda_seed((ulong)seed, 1));

        public static unsafe void synchronize(Device? device = null)
        {
            if (Devices > 0) Dispatch.Check(NativeMethods.asft_cuda_synchronize(device?.index ?? -1));
        }
    }
}
