#nullable enable
using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>What a <see cref="Value"/> or an <see cref="Arg"/> holds; the native part has the same list.</summary>
internal enum Kind { None, Tensor, Int, Float, Bool, Complex, Ints, Floats, Tensors, OptionalTensors, Device, Generator, String }

/// <summary>One argument or result of an operator as it crosses to the native part.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct Value
{
    [FieldOffset(0)] public Kind Kind;
    [FieldOffset(4)] public int Count;
    [FieldOffset(8)] public long Integer;
    [FieldOffset(8)] public double Number;
    [FieldOffset(8)] public nint Pointer;
}

[StructLayout(LayoutKind.Sequential)]
internal struct TensorInfo
{
    public long Elements, Dimensions, Offset;
    public int DType, DeviceType, DeviceIndex, ElementSize;
    public int RequiresGrad, IsLeaf, IsContiguous, IsSparse;
}
