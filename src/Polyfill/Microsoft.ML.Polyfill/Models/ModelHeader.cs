using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>
/// The first 256 bytes of a model's main stream. After them come the model's own bytes, the table of its strings (the
/// end of each, then their UTF-16 characters), the loader's assembly name (UTF-16), and a closing signature.
/// </summary>
internal struct ModelHeader
{
    public const int Size = 256;

    private const ulong SignatureValue = 0x4C45444F4D004C4D;     // "ML\0MODEL"
    private const ulong TailSignatureValue = 0x4D4C004D4F44454C; // "LEDOM\0LM"
    private const uint CurrentVersion = 0x00010002;
    private const uint OldestReadableVersion = 0x00010001;
    private const uint FirstVersionWithAssemblyName = 0x00010002;
    private const int LoaderSignatureSize = 24;

    public ulong ModelSignature;
    public uint ModelVerWritten;
    public uint ModelVerReadable;
    public string LoaderSignature;
    public string LoaderSignatureAlt;

    private long _modelEnd;
    private long _end;

    public void SetVersionInfo(VersionInfo version)
    {
        ModelSignature = version.ModelSignature;
        ModelVerWritten = version.VerWrittenCur;
        ModelVerReadable = version.VerReadableCur;
        LoaderSignature = CheckLoaderSignature(version.LoaderSignature);
        LoaderSignatureAlt = CheckLoaderSignature(version.LoaderSignatureAlt);
    }

    public readonly void CheckVersionInfo(VersionInfo version)
    {
        Contracts.CheckDecode(ModelSignature == version.ModelSignature, "Unknown file type");
        Contracts.CheckDecode(ModelVerReadable <= ModelVerWritten, "Corrupt file header");
        if (ModelVerReadable > version.VerWrittenCur)
        {
            throw Contracts.ExceptDecode("Cause: ML.NET {0} cannont read component '{1}' of the model, because the model is too new.\n" +
                "Suggestion: Make sure the model is trained with ML.NET {0} or older.\n" +
                "Debug details: Maximum expected version {2}, got {3}.",
                typeof(VersionInfo).Assembly.GetName().Version, version.LoaderSignature, ModelVerReadable, version.VerWrittenCur);
        }
        if (ModelVerWritten < version.VerWeCanReadBack)
        {
            throw Contracts.ExceptDecode("Cause: ML.NET {0} cannot read component '{1}' of the model, because the model is too old.\n" +
                "Suggestion: Make sure the model is trained with ML.NET {0}.\n" +
                "Debug details: Minimum expected version {2}, got {3}.",
                typeof(VersionInfo).Assembly.GetName().Version, version.LoaderSignature, ModelVerReadable, version.VerWrittenCur);
        }
    }

    /// <summary>Leaves room for the header, which <see cref="EndWrite"/> fills.</summary>
    public static void BeginWrite(BinaryWriter writer) => writer.Write(new byte[Size]);

    /// <summary>Writes what follows the model's own bytes, then the header.</summary>
    public readonly void EndWrite(BinaryWriter writer, IReadOnlyCollection<string> strings, string loaderAssemblyName)
    {
        var stream = writer.BaseStream;
        var sections = new Sections { ModelLength = stream.Position - Size };

        if (strings.Count > 0)
        {
            sections.StringTable = stream.Position;
            sections.StringTableLength = strings.Count * sizeof(long);
            long end = 0;
            foreach (string text in strings)
                writer.Write(end += text.Length * sizeof(char));
            sections.StringChars = sections.StringTable + sections.StringTableLength;
            sections.StringCharsLength = end;
            foreach (string text in strings)
                writer.Write(Encoding.Unicode.GetBytes(text));
        }
        if (!string.IsNullOrEmpty(loaderAssemblyName))
        {
            sections.AssemblyName = stream.Position;
            sections.AssemblyNameLength = (uint)loaderAssemblyName.Length * sizeof(char);
            writer.Write(Encoding.Unicode.GetBytes(loaderAssemblyName));
        }
        sections.Tail = stream.Position;
        writer.Write(TailSignatureValue);

        writer.Seek(0, SeekOrigin.Begin);
        WriteHeader(writer, sections);
        writer.Seek(0, SeekOrigin.End);
    }

    /// <summary>Reads the header and what follows the model's bytes, and leaves the reader at the model.</summary>
    public static ModelHeader BeginRead(BinaryReader reader, out string[] strings, out string loaderAssemblyName)
    {
        var header = ReadHeader(reader, out uint version, out var sections);
        var stream = reader.BaseStream;
        strings = sections.StringTable == 0 ? [] : ReadStrings(reader, sections);
        loaderAssemblyName = null;
        if (version >= FirstVersionWithAssemblyName && sections.AssemblyName != 0)
        {
            stream.Position = sections.AssemblyName;
            loaderAssemblyName = ReadText(reader, sections.AssemblyNameLength);
        }
        stream.Position = sections.Tail;
        Contracts.CheckDecode(reader.ReadUInt64() == TailSignatureValue, "Corrupt model file tail");
        stream.Position = Size;
        return header;
    }

    /// <summary>Checks that the model's bytes were read to their end.</summary>
    public readonly void EndRead(BinaryReader reader)
    {
        Contracts.CheckDecode(reader.BaseStream.Position == _modelEnd);
        reader.BaseStream.Position = _end;
    }

    private static string CheckLoaderSignature(string signature)
    {
        Contracts.Check(signature == null || signature.Length <= LoaderSignatureSize);
        Contracts.Check(signature == null || signature.All(c => c <= 0xFF));
        return signature;
    }

    private readonly void WriteHeader(BinaryWriter writer, Sections sections)
    {
        writer.Write(SignatureValue);
        writer.Write(CurrentVersion);
        writer.Write(CurrentVersion);
        writer.Write((long)Size);
        writer.Write(sections.ModelLength);
        writer.Write(sections.StringTable);
        writer.Write(sections.StringTableLength);
        writer.Write(sections.StringChars);
        writer.Write(sections.StringCharsLength);
        writer.Write(ModelSignature);
        writer.Write(ModelVerWritten);
        writer.Write(ModelVerReadable);
        WriteLoaderSignature(writer, LoaderSignature);
        WriteLoaderSignature(writer, LoaderSignatureAlt);
        writer.Write(sections.Tail);
        writer.Write(sections.Tail + sizeof(ulong));
        writer.Write(sections.AssemblyName);
        writer.Write(sections.AssemblyNameLength);
    }

    private static ModelHeader ReadHeader(BinaryReader reader, out uint version, out Sections sections)
    {
        long length = reader.BaseStream.Length;
        Contracts.CheckDecode(length >= Size);
        Contracts.CheckDecode(reader.ReadUInt64() == SignatureValue, "Wrong file type");
        version = reader.ReadUInt32();
        uint readableBy = reader.ReadUInt32();
        Contracts.CheckDecode(readableBy <= version, "Corrupt file header");
        Contracts.CheckDecode(readableBy <= CurrentVersion, "File is too new");
        Contracts.CheckDecode(version >= OldestReadableVersion, "File is too old");
        Contracts.CheckDecode(reader.ReadInt64() == Size);

        sections = new Sections
        {
            ModelLength = reader.ReadInt64(),
            StringTable = reader.ReadInt64(),
            StringTableLength = reader.ReadInt64(),
            StringChars = reader.ReadInt64(),
            StringCharsLength = reader.ReadInt64(),
        };
        var header = new ModelHeader
        {
            ModelSignature = reader.ReadUInt64(),
            ModelVerWritten = reader.ReadUInt32(),
            ModelVerReadable = reader.ReadUInt32(),
            LoaderSignature = ReadLoaderSignature(reader),
            LoaderSignatureAlt = ReadLoaderSignature(reader),
        };
        sections.Tail = reader.ReadInt64();
        header._end = reader.ReadInt64();
        if (version >= FirstVersionWithAssemblyName)
        {
            sections.AssemblyName = reader.ReadInt64();
            sections.AssemblyNameLength = reader.ReadUInt32();
        }
        header._modelEnd = Size + sections.ModelLength;
        sections.Check();
        Contracts.CheckDecode(header._end == sections.Tail + sizeof(ulong));
        Contracts.CheckDecode(header._end <= length);
        return header;
    }

    private static string[] ReadStrings(BinaryReader reader, Sections sections)
    {
        reader.BaseStream.Position = sections.StringTable;
        var ends = new long[sections.StringTableLength / sizeof(long)];
        for (int i = 0; i < ends.Length; i++)
            ends[i] = reader.ReadInt64();
        Contracts.CheckDecode(ends[^1] == sections.StringCharsLength);

        var strings = new string[ends.Length];
        long start = 0;
        for (int i = 0; i < ends.Length; i++)
        {
            Contracts.CheckDecode(start <= ends[i] && ends[i] <= sections.StringCharsLength && ends[i] % sizeof(char) == 0);
            strings[i] = ReadText(reader, ends[i] - start);
            start = ends[i];
        }
        return strings;
    }

    private static string ReadText(BinaryReader reader, long byteCount)
    {
        Contracts.CheckDecode(byteCount <= int.MaxValue);
        return Encoding.Unicode.GetString(reader.ReadBytes((int)byteCount));
    }

    private static void WriteLoaderSignature(BinaryWriter writer, string signature)
    {
        var bytes = new byte[LoaderSignatureSize];
        Encoding.Latin1.GetBytes(signature ?? "", bytes);
        writer.Write(bytes);
    }

    private static string ReadLoaderSignature(BinaryReader reader)
        => Encoding.Latin1.GetString(reader.ReadBytes(LoaderSignatureSize)).TrimEnd('\0');

    /// <summary>Where the parts lie; a position of zero says that the part is not there.</summary>
    private struct Sections
    {
        public long ModelLength;
        public long StringTable;
        public long StringTableLength;
        public long StringChars;
        public long StringCharsLength;
        public long AssemblyName;
        public uint AssemblyNameLength;
        public long Tail;

        /// <summary>Each part begins where the one before it ends.</summary>
        public readonly void Check()
        {
            Contracts.CheckDecode(ModelLength >= 0);
            long end = Size + ModelLength;
            if (StringTable == 0)
            {
                Contracts.CheckDecode(StringTableLength == 0 && StringChars == 0 && StringCharsLength == 0);
            }
            else
            {
                Contracts.CheckDecode(StringTable == end && StringTableLength > 0 && StringTableLength % sizeof(long) == 0);
                Contracts.CheckDecode(StringTableLength / sizeof(long) < int.MaxValue);
                Contracts.CheckDecode(StringChars == StringTable + StringTableLength);
                Contracts.CheckDecode(StringCharsLength >= 0 && StringCharsLength % sizeof(char) == 0);
                end = StringChars + StringCharsLength;
            }
            if (AssemblyName != 0)
            {
                Contracts.CheckDecode(AssemblyName == end && AssemblyNameLength % sizeof(char) == 0);
                end += AssemblyNameLength;
            }
            Contracts.CheckDecode(Tail == end);
        }
    }
}
