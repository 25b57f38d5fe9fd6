using System.Buffers.Binary;
using System.Text;

namespace Microsoft.ML.Asft.Native;

/// <summary>
/// Removes the dependency on GCC 13's libstdc++ from a shared library in 64-bit ELF format.
/// <para>
/// A source file that includes <c>iostream</c>, compiled by GCC 13, refers to <c>std::ios_base_library_init()</c>, version GLIBCXX_3.4.32. The
/// function is empty. It exists so that the loader refuses an older libstdc++, which does not initialise the standard streams itself. In the
/// patched image the reference names another function without arguments, which the library imports anyway and which an older
/// libstdc++ has. The required version is marked as weak; the ELF format has a flag for that.
/// </para>
/// </summary>
internal static class NewerStandardLibrary
{
    private const string Version = "GLIBCXX_3.4.32";
    private const string Marker = "_ZSt21ios_base_library_initv";
    private const string Harmless = "_ZNSt6chrono3_V212steady_clock3nowEv";

    // From elf.h: section types, the sizes of a section header and of a symbol, the flag of a weak version.
    private const uint DynamicSymbols = 11;
    private const uint SymbolVersions = 0x6fffffff;
    private const uint NeededVersions = 0x6ffffffe;
    private const int SectionHeaderSize = 64;
    private const int SymbolSize = 24;
    private const ushort WeakVersion = 2;

    /// <summary>Whether the loader refused a library because of this dependency.</summary>
    /// <param name="loaderMessage">The loader's message.</param>
    public static bool IsReason(string loaderMessage) => loaderMessage.Contains(Version, StringComparison.Ordinal);

    /// <summary>Patches a library's image in place.</summary>
    /// <param name="image">The library's bytes, which are changed.</param>
    /// <returns>The same array.</returns>
    /// <exception cref="BadImageFormatException">
    /// The image is not a 64-bit little-endian ELF library, or it needs another symbol of that version.
    /// </exception>
    public static byte[] Remove(byte[] image)
    {
        try
        {
            return Patch(image);
        }
        catch (Exception error) when (error is ArgumentException or OverflowException)
        {
            throw new BadImageFormatException("The library's tables extend beyond the end of the file.", error);
        }
    }

    private static byte[] Patch(byte[] image)
    {
        Require(image.AsSpan(0, 6).SequenceEqual((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1]), "It is not a 64-bit little-endian ELF file.");
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

        // The offset and size of a section, and the offset of the string table that its entries refer to.
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

        // Finds the version's entry in the table of needed versions. The table has an Elf64_Verneed for each file, each with a list of
        // Elf64_Vernaux entries: hash (4 bytes), flags (2), index (2), name (4), next (4).
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
