#nullable enable
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using static TorchSharp.Interop.NativeMethods;
using static TorchSharp.torch;

namespace TorchSharp.Interop;

/// <summary>
/// Calls libtorch's operators by name. A name is a literal "operator.overload" without its aten:: prefix, as in
/// native_functions.yaml; arguments follow in the schema's order and those left out take the schema's defaults.
/// </summary>
internal static unsafe class Dispatch
{
    // Names are literals, so comparing references is enough and costs a few nanoseconds.
    private static readonly ConcurrentDictionary<string, nint> _operators = new(ReferenceEqualityComparer.Instance);

    /// <summary>Whether this libtorch has the operator.</summary>
    public static bool Has(string name) => Find(name) != 0;

    /// <summary>Calls an operator that returns one tensor.</summary>
    public static Tensor Call(string name, params ReadOnlySpan<Arg> arguments)
    {
        Value result;
        Invoke(name, arguments, &result, 1);
        return new Tensor(result.Pointer);
    }

    /// <summary>Calls an operator that writes to <paramref name="self"/>, its first argument, and returns that.</summary>
    public static Tensor Mutate(string name, Tensor self, params ReadOnlySpan<Arg> others)
    {
        Invoke(name, others, null, 0, self);
        return self;
    }

    public static (Tensor, Tensor) Call2(string name, params ReadOnlySpan<Arg> arguments)
    {
        var results = stackalloc Value[2];
        Invoke(name, arguments, results, 2);
        return (new Tensor(results[0].Pointer), new Tensor(results[1].Pointer));
    }

    public static (Tensor, Tensor, Tensor) Call3(string name, params ReadOnlySpan<Arg> arguments)
    {
        var results = stackalloc Value[3];
        Invoke(name, arguments, results, 3);
        return (new Tensor(results[0].Pointer), new Tensor(results[1].Pointer), new Tensor(results[2].Pointer));
    }

    public static Tensor[] CallList(string name, params ReadOnlySpan<Arg> arguments)
    {
        Value result;
        Invoke(name, arguments, &result, 1);
        var handles = (nint*)result.Pointer;
        var tensors = new Tensor[result.Count];
        for (var i = 0; i < tensors.Length; i++) tensors[i] = new Tensor(handles[i]);
        asft_free(result.Pointer);
        return tensors;
    }

    /// <summary>Calls an operator that returns a number or a truth value.</summary>
    public static Value CallValue(string name, params ReadOnlySpan<Arg> arguments)
    {
        Value result;
        Invoke(name, arguments, &result, 1);
        return result;
    }

    /// <summary>Throws what the native part reported, if it did.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Check(byte* error)
    {
        if (error is not null) Throw(error);
    }

    private static void Throw(byte* error) => throw new ExternalException(Marshal.PtrToStringUTF8((nint)error));

    private static nint Find(string name)
    {
        if (_operators.TryGetValue(name, out var found)) return found;
        var (op, overload) = name.Split('.') is [var first, var second] ? (first, second) : (name, "");
        fixed (byte* opText = Encoding.UTF8.GetBytes($"aten::{op}\0"), overloadText = Encoding.UTF8.GetBytes($"{overload}\0"))
            Check(asft_find(opText, overloadText, &found));
        return _operators[name] = found;
    }

    private static nint Require(string name) => Find(name) is var op and not 0 ? op
        : throw new NotSupportedException($"libtorch {Marshal.PtrToStringUTF8((nint)asft_version())} has no operator aten::{name}.");

    [SkipLocalsInit]
    private static void Invoke(string name, ReadOnlySpan<Arg> arguments, Value* results, int resultCount, Tensor? self = null)
    {
        const int Room = 64;
        var scratch = stackalloc long[Room];
        var count = arguments.Length + (self is null ? 0 : 1);
        var values = stackalloc Value[count];
        var next = values;
        if (self is not null) *next++ = new Value { Kind = Kind.Tensor, Pointer = self.Handle };

        var op = Require(name);
        nint spill = 0;
        if (NeededRoom(arguments) is var needed and > Room)
            spill = (nint)(scratch = (long*)NativeMemory.Alloc((nuint)needed, sizeof(long)));
        try
        {
            foreach (ref readonly var argument in arguments) scratch = Pack(argument, next++, scratch);
            Check(asft_call(op, values, count, results, resultCount));
        }
        finally
        {
            if (spill != 0) NativeMemory.Free((void*)spill);
        }
        GC.KeepAlive(self);
    }

    // In eight-byte units, the memory that lists and strings take.
    private static int NeededRoom(ReadOnlySpan<Arg> arguments)
    {
        var needed = 0;
        foreach (ref readonly var argument in arguments)
        {
            if (argument.Kind == Kind.String) needed += Encoding.UTF8.GetMaxByteCount(((string)argument.Source!).Length) / 8 + 1;
            else if (argument.Kind is Kind.Complex) needed += 2;
            else if (argument.Kind is Kind.Ints or Kind.Floats or Kind.Tensors or Kind.OptionalTensors) needed += argument.Count;
        }
        return needed;
    }

    private static long* Pack(in Arg argument, Value* value, long* scratch)
    {
        value->Kind = argument.Kind;
        value->Count = argument.Count;
        value->Integer = argument.Bits;
        if (argument.Kind is not (Kind.Ints or Kind.Floats or Kind.Tensors or Kind.OptionalTensors or Kind.String or Kind.Complex))
            return scratch;

        value->Pointer = (nint)scratch;
        switch (argument.Source)
        {
            case null:
                *scratch = argument.Bits;
                return scratch + 1;
            case long[] integers:
                integers.CopyTo(new Span<long>(scratch, integers.Length));
                return scratch + integers.Length;
            case double[] numbers:
                numbers.CopyTo(new Span<double>(scratch, numbers.Length));
                return scratch + numbers.Length;
            case string text:
                value->Count = Encoding.UTF8.GetBytes(text, new Span<byte>(scratch, Encoding.UTF8.GetMaxByteCount(text.Length)));
                return scratch + Encoding.UTF8.GetMaxByteCount(text.Length) / 8 + 1;
            case Scalar scalar:
                (((double*)scratch)[0], ((double*)scratch)[1]) = (scalar.Real, scalar.Imaginary);
                return scratch + 2;
            default:
                var tensors = (Tensor?[])argument.Source;
                for (var i = 0; i < tensors.Length; i++) scratch[i] = tensors[i]?.Handle ?? 0;
                return scratch + tensors.Length;
        }
    }
}
