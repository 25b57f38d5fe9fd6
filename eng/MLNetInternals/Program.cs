// Writes a copy of an assembly in which internal and private members are public, for the compiler to read.
//
//   MLNetInternals OUTPUT-FOLDER ASSEMBLY...
//
// Only visibility bits change, in place, so that the copy has the size and the tables of the original. Virtual methods stay as
// they are, because an override must repeat the visibility of what it overrides. So does what the compiler generated, whose names
// could clash.
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

string folder = args[0];
Directory.CreateDirectory(folder);
foreach (string path in args[1..])
{
    byte[] image = File.ReadAllBytes(path);
    Publicize(image);
    File.WriteAllBytes(Path.Combine(folder, Path.GetFileName(path)), image);
}

static unsafe void Publicize(byte[] image)
{
    fixed (byte* start = image)
    {
        using var file = new PEReader(start, image.Length);
        var metadata = file.GetMetadataReader();
        int tables = file.PEHeaders.MetadataStartOffset;

        // Where a row's flags stand: ECMA-335 II.22.37 (TypeDef), II.22.15 (Field), II.22.26 (MethodDef).
        int Row(TableIndex table, Handle row) =>
            tables + metadata.GetTableMetadataOffset(table) + ((MetadataTokens.GetRowNumber((EntityHandle)row) - 1) * metadata.GetTableRowSize(table));
        void Set(int position, int mask, int value)
        {
            var bytes = image.AsSpan(position, sizeof(ushort));
            BitConverter.TryWriteBytes(bytes, (ushort)((BitConverter.ToUInt16(bytes) & ~mask) | value));
        }

        bool IsGenerated(StringHandle name) => metadata.GetString(name).AsSpan().ContainsAny('<', '>');

        foreach (var handle in metadata.TypeDefinitions)
        {
            var type = metadata.GetTypeDefinition(handle);
            if (IsGenerated(type.Name))
            {
                continue;
            }

            Set(Row(TableIndex.TypeDef, handle), (int)TypeAttributes.VisibilityMask,
                (int)(type.IsNested ? TypeAttributes.NestedPublic : TypeAttributes.Public));
            foreach (var method in type.GetMethods())
            {
                var definition = metadata.GetMethodDefinition(method);
                if (!definition.Attributes.HasFlag(MethodAttributes.Virtual) && !IsGenerated(definition.Name))
                {
                    // After RVA (4 bytes) and ImplFlags (2 bytes).
                    Set(Row(TableIndex.MethodDef, method) + 6, (int)MethodAttributes.MemberAccessMask, (int)MethodAttributes.Public);
                }
            }

            foreach (var field in type.GetFields())
            {
                if (!IsGenerated(metadata.GetFieldDefinition(field).Name))
                {
                    Set(Row(TableIndex.Field, field), (int)FieldAttributes.FieldAccessMask, (int)FieldAttributes.Public);
                }
            }
        }
    }
}
