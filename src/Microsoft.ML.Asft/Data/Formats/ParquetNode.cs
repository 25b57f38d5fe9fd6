using Parquet.Meta;

namespace Microsoft.ML.Asft.Data.Formats;

/// <summary>
/// A node of a Parquet file's schema. Values are assembled from the leaves' levels, which the format defines. A definition level
/// says how many optional and repeated nodes on the path to a leaf are present. A repetition level says which list an entry continues.
/// </summary>
/// <param name="Element">The node in the file.</param>
/// <param name="Children">Its children; none for a leaf.</param>
/// <param name="FirstLeaf">The index of its first leaf.</param>
/// <param name="LeafCount">The number of its leaves.</param>
/// <param name="Definition">The lowest definition level at which it is present.</param>
/// <param name="Repetition">The repetition level that starts another item of it, if it is repeated.</param>
internal sealed record ParquetNode(
    SchemaElement Element, IReadOnlyList<ParquetNode> Children, int FirstLeaf, int LeafCount, int Definition, int Repetition)
{
    private const int DeepestNesting = 64;

    public string Name => Element.Name;

    public bool IsRepeated => Element.RepetitionType == FieldRepetitionType.REPEATED;

    public bool IsLeaf => Children.Count == 0;

    /// <summary>Whether it is a list: a group around one repeated child, which holds the items.</summary>
    public bool IsList => (Element.ConvertedType == ConvertedType.LIST || Element.LogicalType?.LIST is not null) && Children is [{ IsRepeated: true }];

    /// <summary>Whether it is a map: a group around repeated pairs of a key and a value.</summary>
    public bool IsMap => (Element.ConvertedType is ConvertedType.MAP or ConvertedType.MAP_KEY_VALUE || Element.LogicalType?.MAP is not null)
        && Children is [{ IsRepeated: true, Children.Count: 2 }];

    /// <summary>Whether a list's repeated child only wraps the item, as in the format's three-level lists.</summary>
    public bool WrapsItem => Children is [{ IsRepeated: false }] && Name != "array" && !Name.EndsWith("_tuple", StringComparison.Ordinal);

    public ValueKinds Kind => IsRepeated || IsList ? ValueKinds.List
        : !IsLeaf ? ValueKinds.Object
        : Element.ConvertedType is ConvertedType.UTF8 or ConvertedType.ENUM or ConvertedType.JSON || Element.Type == Parquet.Meta.Type.BYTE_ARRAY ? ValueKinds.Text
        : ValueKinds.Scalar;

    /// <summary>Makes the tree of a file's schema.</summary>
    /// <exception cref="InvalidDataException">The schema is not a tree.</exception>
    public static IReadOnlyList<ParquetNode> Of(IReadOnlyList<SchemaElement> schema)
    {
        (int at, int leaf) = (1, 0);
        ParquetNode[] fields = [.. Children(schema.Count > 0 ? schema[0].NumChildren ?? 0 : 0, definition: 0, repetition: 0, depth: 0)];
        return at == schema.Count ? fields : throw new InvalidDataException("the schema has more elements than its tree");

        IEnumerable<ParquetNode> Children(int count, int definition, int repetition, int depth)
        {
            for (int i = 0; i < count; i++)
            {
                SchemaElement element = at < schema.Count && depth < DeepestNesting ? schema[at++] : throw new InvalidDataException(
                    at < schema.Count ? $"the schema is nested more than {DeepestNesting} deep" : "the schema has fewer elements than its tree");
                if (string.IsNullOrEmpty(element.Name))
                {
                    throw new InvalidDataException($"element {at} of the schema has no name");
                }

                int own = definition + (element.RepetitionType == FieldRepetitionType.REQUIRED ? 0 : 1);
                int repeats = repetition + (element.RepetitionType == FieldRepetitionType.REPEATED ? 1 : 0);
                int first = leaf;
                ParquetNode[] children = [.. Children(element.NumChildren ?? 0, own, repeats, depth + 1)];
                leaf += children.Length == 0 ? 1 : 0;
                yield return new(element, children, first, leaf - first, own, repeats);
            }
        }
    }
}
