using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Microsoft.ML.Asft.Modeling.Storage;

namespace Microsoft.ML.Asft.Modeling.Kernels;

/// <summary>Vectors of one width, so that a decoding kernel is written once and compiled for each width.</summary>
/// <typeparam name="V">The vector.</typeparam>
internal unsafe interface ILanes<V>
    where V : unmanaged
{
    /// <summary>Gets the number of float32 numbers in a vector.</summary>
    static abstract int Count { get; }

    /// <summary>Gets the number of rows whose products with four outputs fit into the processor's registers.</summary>
    static abstract int RowsAtOnce { get; }

    static abstract V Load(float* source);

    /// <summary>Loads weights as float32.</summary>
    static abstract V LoadWeights<T>(T* source)
        where T : unmanaged, IElement<T>;

    static abstract V MultiplyAdd(V left, V right, V sum);

    /// <summary>Adds up to four numbers: lanes that are four apart.</summary>
    static abstract Vector128<float> Fold(V values);

    static abstract V Create(float value);

    /// <summary>sum + scale · blockScale · (products of a block), where lanes hold parts of the sum.</summary>
    /// <param name="block">A block of Q8_0.</param>
    /// <param name="x">32 numbers of 16 bits.</param>
    /// <param name="scale">Their scale.</param>
    /// <param name="sum">The sum.</param>
    static abstract V AddBlock(byte* block, short* x, V scale, V sum);
}

/// <summary>AVX-512: sixteen numbers, 32 registers.</summary>
internal readonly unsafe struct Lanes512 : ILanes<Vector512<float>>
{
    public static int Count => 16;

    public static int RowsAtOnce => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* source) => Vector512.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadWeights<T>(T* source)
        where T : unmanaged, IElement<T> => T.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> MultiplyAdd(Vector512<float> left, Vector512<float> right, Vector512<float> sum) =>
        Vector512.FusedMultiplyAdd(left, right, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Create(float value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> AddBlock(byte* block, short* x, Vector512<float> scale, Vector512<float> sum)
    {
        var weights = Avx512BW.ConvertToVector512Int16(Vector256.Load((sbyte*)block + sizeof(ushort)));
        var products = Avx512BW.MultiplyAddAdjacent(weights, Vector512.Load(x));
        return Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(products), scale * Vector512.Create(Int8Blocks.ToSingle(*(ushort*)block)), sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Fold(Vector512<float> values) => Lanes256.Fold(values.GetLower() + values.GetUpper());
}

/// <summary>AVX2: eight numbers, 16 registers.</summary>
internal readonly unsafe struct Lanes256 : ILanes<Vector256<float>>
{
    public static int Count => 8;

    public static int RowsAtOnce => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(float* source) => Vector256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LoadWeights<T>(T* source)
        where T : unmanaged, IElement<T>
    {
        if (typeof(T) == typeof(Float32Element))
        {
            return Vector256.Load((float*)source);
        }

        return (Avx2.ConvertToVector256Int32(Vector128.Load((ushort*)source)).AsUInt32() << 16).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> MultiplyAdd(Vector256<float> left, Vector256<float> right, Vector256<float> sum) =>
        Vector256.FusedMultiplyAdd(left, right, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Create(float value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> AddBlock(byte* block, short* x, Vector256<float> scale, Vector256<float> sum)
    {
        var weights = (sbyte*)block + sizeof(ushort);
        var products = Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(Vector128.Load(weights)), Vector256.Load(x))
            + Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(Vector128.Load(weights + 16)), Vector256.Load(x + 16));
        return Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(products), scale * Vector256.Create(Int8Blocks.ToSingle(*(ushort*)block)), sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Fold(Vector256<float> values) => values.GetLower() + values.GetUpper();
}

/// <summary>Any processor: four numbers.</summary>
internal readonly unsafe struct Lanes128 : ILanes<Vector128<float>>
{
    public static int Count => 4;

    public static int RowsAtOnce => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Load(float* source) => Vector128.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> LoadWeights<T>(T* source)
        where T : unmanaged, IElement<T> =>
        typeof(T) == typeof(Float32Element) ? Vector128.Load((float*)source)
            : (Vector128.WidenLower(Vector64.Load((ushort*)source).ToVector128()) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> MultiplyAdd(Vector128<float> left, Vector128<float> right, Vector128<float> sum) =>
        Vector128.MultiplyAddEstimate(left, right, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Create(float value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> AddBlock(byte* block, short* x, Vector128<float> scale, Vector128<float> sum)
    {
        var products = Vector128<int>.Zero;
        for (int i = 0; i < Int8Blocks.Length; i += 16)
        {
            var weights = Vector128.Load((sbyte*)block + sizeof(ushort) + i);
            products += Products(Vector128.WidenLower(weights), Vector128.Load(x + i)) + Products(Vector128.WidenUpper(weights), Vector128.Load(x + i + 8));
        }

        return Vector128.MultiplyAddEstimate(Vector128.ConvertToSingle(products), scale * Vector128.Create(Int8Blocks.ToSingle(*(ushort*)block)), sum);

        // Products of 7 bits fit into 16.
        static Vector128<int> Products(Vector128<short> left, Vector128<short> right)
        {
            var product = left * right;
            return Vector128.WidenLower(product) + Vector128.WidenUpper(product);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Fold(Vector128<float> values) => values;
}
