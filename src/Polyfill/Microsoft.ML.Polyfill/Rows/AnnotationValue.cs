using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Polyfill;

/// <summary>A plain value as an annotation: strings become text, arrays become vectors.</summary>
internal static class AnnotationValue
{
    public static Delegate GetterOf<T>(T value, DataViewType type)
    {
        var (itemType, isVector) = RowMembers.ItemOf(typeof(T));
        bool wantsVector = type is VectorDataViewType;
        if (isVector != wantsVector)
        {
            throw Contracts.Except("Value inputted is supposed to be {0}, but type of Annotationinfo is {1}",
                isVector ? "vector" : "scalar", wantsVector ? "vector" : "scalar");
        }
        if (itemType != type.ItemOf().RawType)
        {
            throw Contracts.Except("Value inputted is supposed to have Type {0}, but type of Annotationinfo has {1}",
                itemType, type.ItemOf().RawType);
        }
        return value switch
        {
            string text => GetterOf(text.AsMemory()),
            string[] texts => GetterOf(Array.ConvertAll(texts, text => text.AsMemory())),
            Array array => ((Func<int[], Delegate>)GetterOf).Method.GetGenericMethodDefinition()
                .MakeGenericMethod(itemType).Invoke(null, [array]) as Delegate,
            _ when isVector => ((Func<VBuffer<int>, Delegate>)GetterOf).Method.GetGenericMethodDefinition()
                .MakeGenericMethod(itemType).Invoke(null, [value]) as Delegate,
            _ => (ValueGetter<T>)((ref T destination) => destination = value),
        };
    }

    private static ValueGetter<ReadOnlyMemory<char>> GetterOf(ReadOnlyMemory<char> text)
        => (ref ReadOnlyMemory<char> destination) => destination = text;

    private static Delegate GetterOf<T>(T[] array) => GetterOf(new VBuffer<T>(array.Length, array));

    private static Delegate GetterOf<T>(VBuffer<T> vector)
        => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> destination) => vector.CopyTo(ref destination));
}
