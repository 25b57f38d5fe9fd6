using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Polyfill;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(ColumnCopyingTransformer), null, typeof(SignatureLoadModel),
    "Copy Columns Transform", ColumnCopyingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

/// <summary>Gives columns second names. A copy stands after the last column that had its name, or at the end.</summary>
public sealed class ColumnCopyingTransformer : ITransformer
{
    internal const string LoaderSignature = "CopyTransform";

    private readonly IHost _host;

    internal ColumnCopyingTransformer(IHostEnvironment env, params (string outputColumnName, string inputColumnName)[] columns)
    {
        _host = Contracts.CheckRef(env, nameof(env)).Register(nameof(ColumnCopyingTransformer));
        _host.CheckValue(columns, nameof(columns));
        var outputs = new HashSet<string>();
        foreach (var (output, input) in columns)
        {
            _host.CheckNonEmpty(input, nameof(columns));
            _host.CheckNonEmpty(output, nameof(columns));
            if (!outputs.Add(output))
                throw Contracts.ExceptParam(nameof(columns), $"Name of the result column '{output}' specified multiple times");
        }
        Columns = columns;
    }

    internal IReadOnlyList<(string outputColumnName, string inputColumnName)> Columns { get; }

    bool ITransformer.IsRowToRowMapper => true;

    private static VersionInfo VersionInfo => new(
        modelSignature: "COPYCOLT",
        verWrittenCur: 0x00010001,
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderAssemblyName: typeof(ColumnCopyingTransformer).Assembly.GetName().Name,
        loaderSignature: LoaderSignature);

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Bind(inputSchema).OutputSchema;

    public IDataView Transform(IDataView input)
    {
        _host.CheckValue(input, nameof(input));
        return new RemappedDataView(_host, input, Bind(input.Schema));
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => Bind(inputSchema);

    // The number of columns; for each the ids of its output and input name.
    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(VersionInfo);
        ctx.Writer.Write(Columns.Count);
        foreach (var (output, input) in Columns)
        {
            ctx.SaveNonEmptyString(output);
            ctx.SaveNonEmptyString(input);
        }
    }

    private static ColumnCopyingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(VersionInfo);
        var columns = new List<(string, string)>();
        for (int count = ctx.Reader.ReadInt32(); count > 0; count--)
            columns.Add((ctx.LoadNonEmptyString(), ctx.LoadNonEmptyString()));
        return new ColumnCopyingTransformer(env, [.. columns]);
    }

    private ColumnRemapping Bind(DataViewSchema inputSchema)
    {
        _host.CheckValue(inputSchema, nameof(inputSchema));
        var columns = inputSchema.Select(column => (Column: new DataViewSchema.DetachedColumn(column), Source: column.Index)).ToList();
        foreach (var (output, input) in Columns)
        {
            var source = inputSchema.GetColumnOrNull(input)
                ?? throw _host.ExceptSchemaMismatch(nameof(inputSchema), "input", input);
            int last = columns.FindLastIndex(column => column.Column.Name == output);
            columns.Insert(last < 0 ? columns.Count : last + 1,
                (new DataViewSchema.DetachedColumn(output, source.Type, source.Annotations), source.Index));
        }
        return new ColumnRemapping(inputSchema, columns);
    }
}
