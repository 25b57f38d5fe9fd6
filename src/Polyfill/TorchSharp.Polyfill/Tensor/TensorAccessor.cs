using System.Collections;
using static TorchSharp.torch;

namespace TorchSharp.Utils;

public sealed unsafe class TensorAccessor<T> : IDisposable, IEnumerable<T> where T : unmanaged
{
    // Kept so that the memory lives as long as this object.
    private Tensor _tensor;
    private T* _data;
    private readonly long[] _shape;
    private readonly long[] _strides;
    private readonly bool _isContiguous;

    internal TensorAccessor(Tensor tensor)
    {
        if (tensor.device_type != DeviceType.CPU)
            throw new InvalidOperationException(
                "Reading data from non-CPU memory is not supported. Move or copy the tensor to the cpu before reading.");
        (_tensor, _shape, _strides, _isContiguous) = (tensor, tensor.shape, tensor.stride(), tensor.is_contiguous());
        _data = (T*)tensor.DataPointer;
    }

    public long Count => _tensor is null ? 0 : _shape.TotalSize();

    public bool IsReadOnly => false;

    public T[] ToArray()
    {
        var result = new T[Count];
        if (result.Length > 0) CopyTo(result);
        return result;
    }

    public T this[params long[] indices]
    {
        get => _data[Offset(indices)];
        set => _data[Offset(indices)] = value;
    }

    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

    public void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var count = CheckedCount(array.Length, arrayIndex, tensorIndex);
        if (_isContiguous) new Span<T>(_data + tensorIndex, count).CopyTo(array[arrayIndex..]);
        else for (var i = 0; i < count; i++) array[arrayIndex + i] = _data[Offset(tensorIndex + i)];
    }

    public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0) =>
        CopyFrom((ReadOnlySpan<T>)array, arrayIndex, tensorIndex);

    public void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var count = CheckedCount(array.Length, arrayIndex, tensorIndex);
        if (_isContiguous) array.Slice(arrayIndex, count).CopyTo(new Span<T>(_data + tensorIndex, count));
        else for (var i = 0; i < count; i++) _data[Offset(tensorIndex + i)] = array[arrayIndex + i];
    }

    private int CheckedCount(int length, int arrayIndex, long tensorIndex)
    {
        if (tensorIndex < 0 || tensorIndex >= Count) throw new ArgumentOutOfRangeException("startingIndex");
        return (int)Math.Max(0, Math.Min(length - arrayIndex, Count - tensorIndex));
    }

    internal static T ReadItemAt(Tensor tensor, long index)
    {
        tensor.ValidateType(typeof(T));
        var accessor = new TensorAccessor<T>(tensor);
        return accessor._data[accessor.Offset(index)];
    }

    private long Offset(long[] indices)
    {
        if (indices.Length == 1)
        {
            if (indices[0] >= Count) throw new IndexOutOfRangeException();
            return Offset(indices[0]);
        }
        var offset = 0L;
        for (var i = _shape.Length - 1; i >= 0; i--)
        {
            if (indices[i] >= _shape[i] || indices[i] < 0)
                throw new IndexOutOfRangeException($"{indices[i]} >= {_shape[i]} in dimension {i}.");
            offset += indices[i] * _strides[i];
        }
        return offset;
    }

    // Where the element of this number in row-major order lies.
    private long Offset(long index)
    {
        if (index >= Count || index < 0) throw new ArgumentOutOfRangeException($"{index} in a collection of  ${Count} elements.");
        if (_isContiguous) return index;
        var offset = 0L;
        for (var i = _shape.Length - 1; i >= 0; i--)
        {
            index = Math.DivRem(index, _shape[i], out var remainder);
            offset += remainder * _strides[i];
        }
        return offset;
    }

    private T At(long index) => _data[Offset(index)];

    public static bool operator ==(TensorAccessor<T> left, TensorAccessor<T> right) => left.SequenceEqual(right);

    public static bool operator !=(TensorAccessor<T> left, TensorAccessor<T> right) => !(left == right);

    public override bool Equals(object obj) =>
        obj is TensorAccessor<T> other && (_data == other._data || (Count == other.Count && this.SequenceEqual(other)));

    public override int GetHashCode() => base.GetHashCode();

    public IEnumerator<T> GetEnumerator()
    {
        for (var i = 0L; i < Count; i++) yield return At(i);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose()
    {
        _data = null;
        _tensor = null;
    }
}
