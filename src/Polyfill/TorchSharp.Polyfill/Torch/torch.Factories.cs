#nullable enable
using System.Runtime.InteropServices;
using static TorchSharp.Interop.Dispatch;

namespace TorchSharp;

public static partial class torch
{
    public static Tensor arange(
        Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        var integral = is_integral(start.Type) && is_integral(stop.Type) && is_integral(step.Type);
        var type = dtype ?? (integral ? ScalarType.Int64 : get_default_dtype());
        return WithGrad(Call("arange.start_step", start, stop, step, type, default, InitializeDevice(device)), requires_grad);
    }

    public static Tensor arange(Scalar start, Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(start, stop, 1, dtype, device, requires_grad);

    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(0, stop, 1, dtype, device, requires_grad);

    public static Tensor eye(
        long rows, long columns = -1L, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        WithGrad(
            Call("eye.m", rows, columns == -1 ? rows : columns, dtype ?? get_default_dtype(), default, Unnamed(names, device)),
            requires_grad);

    public static Tensor linspace(
        double start, double end, long steps, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        WithGrad(Call("linspace", start, end, steps, dtype ?? get_default_dtype(), default, InitializeDevice(device)), requires_grad);

    public static Tensor normal(
        double mean, double std, ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        Generator? generator = null, string[]? names = null) =>
        randn(size, dtype, device, requires_grad: false, generator, names).mul_(std).add_(mean).requires_grad_(requires_grad);

    public static Tensor randint(
        long low, long high, Size size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        Generator? generator = null, string[]? names = null)
    {
        var type = dtype ?? ScalarType.Int64;
        RequireRange(low, type, nameof(low));
        RequireRange(high - 1, type, nameof(high));
        var made = Call("randint.low_generator", low, high, size.Shape, generator, type, default, Unnamed(names, device));
        return WithGrad(made, requires_grad);
    }

    public static Tensor randint(
        long high, Size size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        Generator? generator = null, string[]? names = null) =>
        randint(0, high, size, dtype, device, requires_grad, generator, names);

    public static Tensor randint(
        long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        Generator? generator = null, string[]? names = null) =>
        randint(0, high, new Size(size), dtype, device, requires_grad, generator, names);

    public static Tensor randint(
        long low, long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        Generator? generator = null, string[]? names = null) =>
        randint(low, high, new Size(size), dtype, device, requires_grad, generator, names);

    public static Tensor randperm(
        long n, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null) =>
        Call("randperm.generator", n, generator, dtype ?? ScalarType.Int64, default, InitializeDevice(device));

    public static Tensor empty_strided(
        long[] size, long[] strides, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        WithGrad(Call("empty_strided", size, strides, dtype ?? get_default_dtype(), default, Unnamed(names, device)), requires_grad);

    public static Tensor empty_like(
        Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        input.empty_like(dtype, device, requires_grad);
    public static Tensor zeros_like(
        Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        input.zeros_like(dtype, device, requires_grad);
    public static Tensor ones_like(
        Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        input.ones_like(dtype, device, requires_grad);
    public static Tensor full_like(
        Tensor input, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        input.full_like(value, dtype, device, requires_grad);
    public static Tensor rand_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        input.rand_like(dtype, device, requires_grad);
    public static Tensor randn_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        input.randn_like(dtype, device, requires_grad);
    public static Tensor randint_like(
        Tensor input, long low, long high, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        input.randint_like(low, high, dtype, device, requires_grad);

    private static Tensor Sized(
        string name, ReadOnlySpan<long> size, ScalarType? dtype, Device? device, bool requires_grad, string[]? names) =>
        WithGrad(Call(name, size, dtype ?? get_default_dtype(), default, Unnamed(names, device)), requires_grad);

    private static Tensor Filled(
        ReadOnlySpan<long> size, Scalar value, ScalarType? dtype, Device? device, bool requires_grad, string[]? names) =>
        WithGrad(Call("full", size, value, dtype ?? get_default_dtype(), default, Unnamed(names, device)), requires_grad);

    private static Tensor Random(
        string name, ReadOnlySpan<long> size, ScalarType? dtype, Device? device, bool requires_grad, Generator? generator,
        string[]? names)
    {
        if (dtype is { } type && is_integral(type))
            throw new ArgumentException(
                $"torch.{name.Split('.')[0]}() was passed a bad dtype: {type}. It must be floating point or complex.", nameof(dtype));
        return WithGrad(Call(name, size, generator, dtype ?? get_default_dtype(), default, Unnamed(names, device)), requires_grad);
    }

    // A tensor of its own memory with the values given; what they are converted to and where they go comes after.
    private static unsafe Tensor Create<T>(
        ReadOnlySpan<T> values, ReadOnlySpan<long> dimensions, ScalarType? dtype, Device? device, bool requires_grad,
        string[]? names = null) where T : unmanaged
    {
        var count = 1L;
        foreach (var dimension in dimensions) count *= dimension;
        if (count > values.Length)
            throw new ArgumentException($"mismatched total size creating a tensor from an array: {count} vs. {values.Length}");

        device = Unnamed(names, device);
        var made = Call("empty.memory_format", dimensions, ToScalarType(typeof(T)), default, CPU);
        values[..(int)count].CopyTo(new Span<T>((void*)made.DataPointer, (int)count));
        if ((dtype is { } wanted && wanted != made.dtype) || device.type != DeviceType.CPU)
        {
            using var original = made;
            made = Call("to.device", original, device, dtype ?? original.dtype);
        }
        return WithGrad(made, requires_grad);
    }

    private static ReadOnlySpan<T> Span<T>(IList<T> values) => values switch
    {
        T[] array => array,
        List<T> list => CollectionsMarshal.AsSpan(list),
        _ => values.ToArray(),
    };

    private static ReadOnlySpan<T> Flat<T>(Array values) where T : unmanaged =>
        values.Length == 0 ? [] : MemoryMarshal.CreateReadOnlySpan(
            ref System.Runtime.CompilerServices.Unsafe.As<byte, T>(ref MemoryMarshal.GetArrayDataReference(values)), values.Length);

    private static long[] Lengths(Array values) => Enumerable.Range(0, values.Rank).Select(values.GetLongLength).ToArray();

    private static void RequireRange(long value, ScalarType dtype, string argument)
    {
        var (least, most) = dtype switch
        {
            ScalarType.Byte => (byte.MinValue, byte.MaxValue),
            ScalarType.Int8 => (sbyte.MinValue, sbyte.MaxValue),
            ScalarType.Int16 => (short.MinValue, short.MaxValue),
            ScalarType.Int32 => (int.MinValue, int.MaxValue),
            _ => (long.MinValue, long.MaxValue),
        };
        if (value < least || value > most)
            throw new ArgumentOutOfRangeException(argument, value, $"The value is outside the range of {dtype}");
    }

    private static Tensor WithGrad(Tensor tensor, bool requires_grad) => requires_grad ? tensor.requires_grad_() : tensor;

    private static Device Unnamed(string[]? names, Device? device) => names is null or { Length: 0 } ? InitializeDevice(device)
        : throw new NotImplementedException("Named dimensions are not part of TorchSharp.Polyfill.");
}
