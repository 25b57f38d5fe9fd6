using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Microsoft.ML.Asft.Modeling.Kernels;

namespace Microsoft.ML.Asft.Modeling.Storage;

/// <summary>
/// Expands whole blocks to float32 or bfloat16. The instruction set is chosen in <see cref="Widen"/> and <see cref="Lookup"/>: AVX-512, AVX2, or what .NET
/// compiles its vectors to elsewhere. All give the same numbers.
/// </summary>
internal static unsafe class ExpansionKernel
{
    /// <summary>Expands blocks of <see cref="Int8Blocks"/>.</summary>
    /// <param name="blocks">The first block.</param>
    /// <param name="count">The number of blocks.</param>
    /// <param name="target">Receives <see cref="Int8Blocks.Length"/> numbers for each block.</param>
    public static void Expand<T>(byte* blocks, long count, T* target)
        where T : unmanaged, IElement<T>
    {
        for (; count > 0; count--, blocks += Int8Blocks.Bytes, target += Int8Blocks.Length)
        {
            var scale = Vector512.Create(Int8Blocks.ToSingle(*(ushort*)blocks));
            var numbers = (sbyte*)blocks + sizeof(ushort);
            T.Store(target, Widen(numbers) * scale);
            T.Store(target + Vectors.Width, Widen(numbers + Vectors.Width) * scale);
        }
    }

    /// <summary>Expands a block of <see cref="Nf4Blocks"/>.</summary>
    /// <param name="codes">The block's codes.</param>
    /// <param name="scale">The block's scale.</param>
    /// <param name="target">Receives <see cref="Nf4Blocks.Length"/> numbers.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Expand<T>(byte* codes, float scale, T* target)
        where T : unmanaged, IElement<T>
    {
        var levels = Vector512.Create(Nf4Blocks.Levels) * Vector512.Create(scale);
        for (int i = 0; i < Nf4Blocks.Length; i += Vectors.Width)
        {
            T.Store(target + i, Lookup(levels, codes + (i / 2)));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Widen(sbyte* numbers)
    {
        if (Avx512F.IsSupported)
        {
            return Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(Vector128.Load(numbers)));
        }

        if (Avx2.IsSupported)
        {
            return Vector512.Create(
                Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(numbers)), Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(numbers + 8)));
        }

        var (low, high) = Vector128.Widen(Vector128.Load(numbers));
        return Vector512.ConvertToSingle(Vector512.Create(
            Vector256.Create(Vector128.WidenLower(low), Vector128.WidenUpper(low)), Vector256.Create(Vector128.WidenLower(high), Vector128.WidenUpper(high))));
    }

    // The levels of sixteen codes of 4 bits. Of each byte the upper half comes first.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Lookup(Vector512<float> levels, byte* codes)
    {
        var (first, second) = (*(uint*)codes, *(uint*)(codes + sizeof(uint)));
        var shifts = Vector256.Create(4u, 0, 12, 8, 20, 16, 28, 24);
        if (Avx512F.IsSupported)
        {
            var indices = Avx512F.ShiftRightLogicalVariable(
                Vector512.Create(Vector256.Create(first), Vector256.Create(second)), Vector512.Create(shifts, shifts));
            return Avx512F.PermuteVar16x32(levels, indices.AsInt32());     // looks only at the lowest 4 bits of an index
        }

        if (Avx2.IsSupported)
        {
            return Vector512.Create(LookupEight(levels, first, shifts), LookupEight(levels, second, shifts));
        }

        var found = Vector512<float>.Zero;
        for (int i = 0; i < Vectors.Width; i += 2)
        {
            found = found.WithElement(i, levels.GetElement(codes[i / 2] >> 4)).WithElement(i + 1, levels.GetElement(codes[i / 2] & 15));
        }

        return found;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> LookupEight(Vector512<float> levels, uint codes, Vector256<uint> shifts)
    {
        var indices = Avx2.ShiftRightLogicalVariable(Vector256.Create(codes), shifts).AsInt32();
        var low = Avx2.PermuteVar8x32(levels.GetLower(), indices);          // looks only at the lowest 3 bits
        var high = Avx2.PermuteVar8x32(levels.GetUpper(), indices);
        return Avx.BlendVariable(low, high, (indices << 28).AsSingle());    // by the fourth bit
    }
}
