using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Writes a <see cref="VBuffer{T}"/>: fill <see cref="Values"/> (and <see cref="Indices"/>), then commit.</summary>
public readonly ref struct VBufferEditor<T>
{
    public readonly Span<T> Values;
    public readonly Span<int> Indices;

    private readonly int _length;
    private readonly T[] _values;
    private readonly int[] _indices;

    internal VBufferEditor(
        int length, int count, T[] values, int[] indices, bool hasIndices, bool createdNewValues, bool createdNewIndices)
    {
        _length = length;
        _values = values;
        _indices = indices;
        Values = values.AsSpan(0, count);
        Indices = hasIndices ? indices.AsSpan(0, count) : default;
        CreatedNewValues = createdNewValues;
        CreatedNewIndices = createdNewIndices;
    }

    public bool CreatedNewValues { get; }

    public bool CreatedNewIndices { get; }

    public VBuffer<T> Commit() => new(_length, Values.Length, _values, _indices);

    public VBuffer<T> CommitTruncated(int physicalValuesCount)
    {
        Contracts.CheckParam(physicalValuesCount <= Values.Length, nameof(physicalValuesCount),
            "Updating " + nameof(physicalValuesCount) + " during " + nameof(CommitTruncated) +
            " cannot be greater than the original physicalValuesCount value used in " + nameof(VBufferEditor.Create) + ".");
        return new VBuffer<T>(_length, physicalValuesCount, _values, _indices);
    }
}
