#nullable enable
namespace TorchSharp;

public static partial class torch
{
    public struct TensorIndex
    {
        internal enum Kind { None, Single, Null, Ellipsis, Bool, Tensor, Slice }

        // The start of a slice, a single index, or 0 and 1 for a truth value.
        internal long? start;
        internal long? stop;
        internal long? step;
        internal Kind kind;
        internal Tensor? tensor;

        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) =>
            new() { start = start, stop = stop, step = step, kind = Kind.Slice };
        public static TensorIndex Slice((int? start, int? end) range) => Slice((long?)range.start, (long?)range.end);
        public static TensorIndex Slice(System.Range range) => Slice(
            FromEnd(range.Start),
            range.End is { IsFromEnd: true, Value: 0 } ? null : FromEnd(range.End));
        public static TensorIndex Bool(bool value) => new() { start = value ? 1 : 0, kind = Kind.Bool };
        public static TensorIndex Single(long? index) => new() { start = index, kind = Kind.Single };
        public static TensorIndex Tensor(Tensor tensor) => new() { tensor = tensor, kind = Kind.Tensor };

        public static TensorIndex Ellipsis = new() { kind = Kind.Ellipsis };
        public static TensorIndex None = new() { kind = Kind.None };
        public static TensorIndex Null = new() { kind = Kind.Null };
        public static TensorIndex Colon = Slice();

        public static implicit operator TensorIndex(long value) => Single(value);
        public static implicit operator Tensor(TensorIndex value) => throw new InvalidOperationException("Should not be called.");
        public static implicit operator TensorIndex((int? start, int? end) range) => Slice(range);
        public static implicit operator TensorIndex(System.Range range) => Slice(range);
        public static implicit operator TensorIndex(System.Index index) => Single(FromEnd(index));

        private static long FromEnd(System.Index index) => index.IsFromEnd ? -index.Value : index.Value;
    }
}
