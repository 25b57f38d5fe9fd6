#nullable enable
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace TorchSharp.Interop;

/// <summary>The functions of Native/asft_torch.cpp. Those that may fail return null or a UTF-8 error text.</summary>
internal static unsafe partial class NativeMethods
{
    private const string Library = "asft_torch";

    static NativeMethods() => NativeLibrary.SetDllImportResolver(typeof(NativeMethods).Assembly, Resolve);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) =>
        name == Library ? LibraryLoader.Load() : 0;

    [LibraryImport(Library)] public static partial byte* asft_version();
    [LibraryImport(Library)] public static partial byte* asft_find(byte* name, byte* overload, nint* op);
    [LibraryImport(Library)] public static partial byte* asft_call(nint op, Value* arguments, int count, Value* results, int resultCount);
    [LibraryImport(Library)] public static partial void asft_free(nint memory);

    [LibraryImport(Library), SuppressGCTransition] public static partial void asft_retain(nint tensor);
    [LibraryImport(Library)] public static partial void asft_release(nint tensor);
    [LibraryImport(Library), SuppressGCTransition] public static partial byte* asft_info(nint tensor, TensorInfo* info);
    [LibraryImport(Library), SuppressGCTransition] public static partial byte* asft_sizes(nint tensor, long* sizes);
    [LibraryImport(Library), SuppressGCTransition] public static partial byte* asft_strides(nint tensor, long* strides);
    [LibraryImport(Library)] public static partial byte* asft_data(nint tensor, nint* data);

    [LibraryImport(Library)] public static partial byte* asft_set_requires_grad(nint tensor, int value);
    [LibraryImport(Library)] public static partial byte* asft_grad(nint tensor, nint* grad);
    [LibraryImport(Library)] public static partial byte* asft_set_grad(nint tensor, nint grad);
    [LibraryImport(Library)]
    public static partial byte* asft_backward(
        nint* tensors, long count, nint* gradients, long gradientCount, int retainGraph, int createGraph, nint* inputs, long inputCount);
    [LibraryImport(Library)]
    public static partial byte* asft_gradients(
        nint* outputs, long count, nint* inputs, long inputCount, nint* gradients, long gradientCount,
        int retainGraph, int createGraph, int allowUnused, nint* results);
    [LibraryImport(Library), SuppressGCTransition] public static partial int asft_grad_enabled();
    [LibraryImport(Library), SuppressGCTransition] public static partial void asft_set_grad_enabled(int value);
    [LibraryImport(Library), SuppressGCTransition] public static partial int asft_inference_enabled();
    [LibraryImport(Library)] public static partial nint asft_inference_enter(int value);
    [LibraryImport(Library)] public static partial void asft_inference_leave(nint guard);

    [LibraryImport(Library)] public static partial byte* asft_generator_default(nint* generator);
    [LibraryImport(Library)] public static partial byte* asft_generator_new(ulong seed, nint* generator);
    [LibraryImport(Library)] public static partial void asft_generator_delete(nint generator);
    [LibraryImport(Library)] public static partial byte* asft_generator_seed(nint generator, ulong seed);
    [LibraryImport(Library)] public static partial ulong asft_generator_initial_seed(nint generator);
    [LibraryImport(Library)] public static partial byte* asft_generator_state(nint generator, nint* state);
    [LibraryImport(Library)] public static partial byte* asft_generator_set_state(nint generator, nint state);

    [LibraryImport(Library)] public static partial int asft_threads();
    [LibraryImport(Library)] public static partial byte* asft_set_threads(int count);
    [LibraryImport(Library)] public static partial int asft_interop_threads();
    [LibraryImport(Library)] public static partial byte* asft_set_interop_threads(int count);
    [LibraryImport(Library)] public static partial byte* asft_cuda_devices(int* count);
    [LibraryImport(Library)] public static partial byte* asft_cuda_seed(ulong seed, int all);
    [LibraryImport(Library)] public static partial byte* asft_cuda_synchronize(long index);
}
