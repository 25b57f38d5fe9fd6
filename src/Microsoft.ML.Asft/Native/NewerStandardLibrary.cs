using System.Buffers.Binary;
using System.Text;

namespace Microsoft.ML.Asft.Native;

/// <summary>
/// Takes a need for GCC 13's libstdc++ out of a shared library of 64-bit ELF.
/// <para>
/// A file compiled by GCC 13 that includes <c>iostream</c> refers to <c>std::ios_base_library_init()</c>, version GLIBCXX_3.4.32. The function is
/// empty: it is there so that an older libstdc++, which does not initialise the standard streams itself, is refused. In the
/// patched image that reference names another function without arguments, which the library imports anyway and an older
/// libstdc++ has, and the need for the version is marked weak, as the loader's own format allows.
/// </para>
/// </summary>
internal static class NewerStandardLibrary
{
    private const string Version = "GLIBCXX_3.4.32";
    private const string Marker = "_ZSt21ios_base_library_initv";
    private const string Harmless = "_ZNSt6chrono3_V212steady_clock3nowEv";

    // elf.h: section types, sizes of a section header and of a symbol, the flag of a weak version.
    private const uint DynamicSymbols = 11;
    private const uint SymbolVersions = 0x6fffffff;
    private const uint NeededVersions = 0x6ffffffe;
    private const int SectionHeaderSize = 64;
    private const int SymbolSize = 24;
    private const ushort WeakVersion = 2;

    /// <summary>Gets whether the loader refused a library for this need.</summary>
    /// <param name="loaderMessage">What it said.</param>
    public static bool IsReason(string loaderMessage) => loaderMessage.Contains(Version, StringComparison.Ordinal);

    /// <summary>Makes the patched image.</summary>
    /// <param name="image">A library's bytes, which are changed.</param>
    /// <returns>The same array.</returns>
    /// <exception cref="BadImageFormatException">It is no 64-bit little-endian ELF library, or needs more of that version than the one marker.</exception>
    public static byte[] Remove(byte[] image)
    {
        try
        {
            return Patch(image);
        }
        catch (Exception error) when (error is ArgumentException or OverflowException)
        {
            throw new BadImageFormatException("The library's tables reach beyond its end.", error);
        }
    }

    private static byte[] Patch(byte[] image)
    {
        Require(image.AsSpan(0, 6).SequenceEqual((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1]), "It is no 64-bit little-endian ELF file.");
        int headers = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(image.AsSpan(0x28)));
        int count = UInt16(0x3c);
        var symbols = SectionOf(DynamicSymbols);
        var versions = SectionOf(SymbolVersions);
        var needs = SectionOf(NeededVersions);

        int need = FindNeed();
        ushort index = UInt16(need + 6);
        int marker = -1, harmless = -1;
        for (int symbol = 0; symbol < symbols.Size / SymbolSize; symbol++)
        {
            string name = Name(symbols.Names + Int32(symbols.Offset + (symbol * SymbolSize)));
            bool isVersioned = (UInt16(versions.Offset + (2 * symbol)) & 0x7fff) == index;
            Require(!isVersioned || name == Marker, $"It needs {name} of {Version}.");
            marker = name == Marker ? symbol : marker;
            harmless = name == Harmless ? symbol : harmless;
        }

        Require(marker >= 0 && harmless >= 0, $"It does not import {Marker} and {Harmless}.");
        image.AsSpan(symbols.Offset + (harmless * SymbolSize), sizeof(int)).CopyTo(image.AsSpan(symbols.Offset + (marker * SymbolSize)));
        image.AsSpan(versions.Offset + (2 * harmless), sizeof(ushort)).CopyTo(image.AsSpan(versions.Offset + (2 * marker)));
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(need + 4), WeakVersion);
        return image;

        ushort UInt16(int at) => BinaryPrimitives.ReadUInt16LittleEndian(image.AsSpan(at));
        int Int32(int at) => BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(at));
        string Name(int at) => Encoding.ASCII.GetString(image.AsSpan(at, image.AsSpan(at).IndexOf((byte)0)));

        // Where a section lies, and where the names lie that its entries refer to.
        (int Offset, int Size, int Names) SectionOf(uint type)
        {
            for (int section = 0; section < count; section++)
            {
                int header = headers + (section * SectionHeaderSize);
                if ((uint)Int32(header + 4) == type)
                {
                    return (Int32(header + 0x18), Int32(header + 0x20), Int32(headers + (Int32(header + 0x28) * SectionHeaderSize) + 0x18));
                }
            }

            throw new BadImageFormatException($"It has no section of type {type:x}.");
        }

        // The entry (Elf64_Vernaux: hash 4, flags 2, index 2, name 4, next 4) of the version in the list of files (Elf64_Verneed) and their versions.
        int FindNeed()
        {
            int file = needs.Offset;
            for (int next = 1; next > 0; file += next)
            {
                next = Int32(file + 12);
                int entry = file + Int32(file + 8);
                for (int step = 1; step > 0; entry += step)
                {
                    step = Int32(entry + 12);
                    if (Name(needs.Names + Int32(entry + 8)) == Version)
                    {
                        return entry;
                    }
                }
            }

            throw new BadImageFormatException($"It does not need {Version}.");
        }
    }

    private static void Require(bool condition, string problem)
    {
        if (!condition)
        {
            throw new BadImageFormatException(problem);
        }
    }
}
