#nullable enable
using System.Collections;

namespace TorchSharp;

public static partial class torch
{
    public struct Size : IEnumerable<long>
    {
        private readonly long[] _shape;

        public static Size Empty = new(Array.Empty<long>());

        public Size(long[] shape) => _shape = (long[])shape.Clone();
        public Size(IEnumerable<long> shape) => _shape = shape.ToArray();
        public Size(int[] shape) => _shape = shape.Select(i => (long)i).ToArray();
        public Size(long size) => _shape = [size];
        public Size((long, long) size) => _shape = [size.Item1, size.Item2];
        public Size((long, long, long) size) => _shape = [size.Item1, size.Item2, size.Item3];
        public Size((long, long, long, long) size) => _shape = [size.Item1, size.Item2, size.Item3, size.Item4];
        public Size(int size) => _shape = [size];
        public Size((int, int) size) => _shape = [size.Item1, size.Item2];
        public Size((int, int, int) size) => _shape = [size.Item1, size.Item2, size.Item3];
        public Size((int, int, int, int) size) => _shape = [size.Item1, size.Item2, size.Item3, size.Item4];

        public static implicit operator Size(long size) => new(size);
        public static implicit operator Size((long, long) size) => new(size);
        public static implicit operator Size((long, long, long) size) => new(size);
        public static implicit operator Size((long, long, long, long) size) => new(size);
        public static implicit operator Size(long[] size) => new(size);

        public static Size operator +(Size left, Size right) => new(left._shape.Concat(right._shape));
        public static Size operator +(Size left, IEnumerable<long> right) => new(left._shape.Concat(right));

        // As in the real package two sizes are the same when they share their array.
        public static bool operator ==(Size left, Size right) => left._shape == right._shape;
        public static bool operator !=(Size left, Size right) => left._shape != right._shape;
        public override bool Equals(object? obj) => obj is Size size && _shape.Equals(size._shape);
        public override int GetHashCode() => _shape.GetHashCode();

        public long numel() => _shape.Aggregate(1L, (product, size) => product * size);
        public bool IsEmpty => _shape.Length == 0;
        public bool IsScalar => IsEmpty;
        public int Length => _shape.Length;
        public IEnumerable<long> Take(int i) => _shape.Take(i);
        public long this[int idx] => _shape[idx];
        public long this[long idx] => _shape[idx];
        public long[] Shape => _shape;

        public IEnumerator<long> GetEnumerator() => _shape.AsEnumerable().GetEnumerator();
        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
