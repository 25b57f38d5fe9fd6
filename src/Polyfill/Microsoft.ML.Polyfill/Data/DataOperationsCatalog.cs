using Microsoft.ML.Data;
using Microsoft.ML.Polyfill;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Makes data views of objects and the reverse, and takes parts of data views.</summary>
public sealed class DataOperationsCatalog : IInternalCatalog
{
    private const uint DefaultRandomSeed = 42;
    private const uint DefaultHashSeed = 314489979;

    private readonly IHostEnvironment _env;

    internal DataOperationsCatalog(IHostEnvironment env) => _env = env;

    IHostEnvironment IInternalCatalog.Environment => _env;

    public IDataView LoadFromEnumerable<TRow>(IEnumerable<TRow> data, SchemaDefinition schemaDefinition = null)
        where TRow : class
    {
        _env.CheckValue(data, nameof(data));
        return new EnumerableDataView<TRow>(_env, data,
            schemaDefinition ?? SchemaDefinition.Create(typeof(TRow), SchemaDefinition.Direction.Read));
    }

    /// <summary>As the other overload, with the types and annotations of <paramref name="schema"/>.</summary>
    public IDataView LoadFromEnumerable<TRow>(IEnumerable<TRow> data, DataViewSchema schema)
        where TRow : class
    {
        _env.CheckValue(data, nameof(data));
        _env.CheckValue(schema, nameof(schema));
        return new EnumerableDataView<TRow>(_env, data, RowColumn.DefinitionOf<TRow>(_env, schema));
    }

    public IEnumerable<TRow> CreateEnumerable<TRow>(
        IDataView data, bool reuseRowObject, bool ignoreMissingColumns = false, SchemaDefinition schemaDefinition = null)
        where TRow : class, new()
    {
        _env.CheckValue(data, nameof(data));
        return Read(data, new OutputRow<TRow>(_env, data.Schema, ignoreMissingColumns, schemaDefinition), reuseRowObject);
    }

    /// <summary>Keeps what is read, so that the source is read once.</summary>
    public IDataView Cache(IDataView input, params string[] columnsToPrefetch)
    {
        _env.CheckValue(input, nameof(input));
        var prefetch = (columnsToPrefetch ?? []).Select(name => input.Schema.GetColumnOrNull(name)?.Index
            ?? throw _env.ExceptSchemaMismatch(nameof(columnsToPrefetch), "prefetch", name));
        return new CacheDataView(_env, input, [.. prefetch]);
    }

    /// <summary>Keeps the rows with lowerBound ≤ value &lt; upperBound.</summary>
    public IDataView FilterRowsByColumn(
        IDataView input,
        string columnName,
        double lowerBound = double.NegativeInfinity,
        double upperBound = double.PositiveInfinity)
    {
        _env.CheckValue(input, nameof(input));
        _env.CheckNonEmpty(columnName, nameof(columnName));
        _env.CheckParam(lowerBound < upperBound, nameof(upperBound), "Must be less than lowerBound");
        var column = input.Schema[columnName];
        if (column.Type is not NumberDataViewType)
            throw _env.ExceptSchemaMismatch(nameof(columnName), "filter", columnName, "number", column.Type.ToString());
        if (column.Type != NumberDataViewType.Single && column.Type != NumberDataViewType.Double)
            throw _env.ExceptUserArg("Column", "Column '{0}' does not have compatible type", columnName);
        return new FilteredDataView(_env, input, RowFilter.ByValue(column, new ValueRange(lowerBound, upperBound)));
    }

    public IDataView ShuffleRows(IDataView input, int? seed = null, int shufflePoolSize = 1000, bool shuffleSource = true)
    {
        _env.CheckValue(input, nameof(input));
        _env.CheckUserArg(shufflePoolSize > 0, nameof(shufflePoolSize), "Must be positive");
        return new ShuffledDataView(_env, input, seed, shufflePoolSize, shuffleSource);
    }

    public IDataView SkipRows(IDataView input, long count)
    {
        _env.CheckValue(input, nameof(input));
        _env.CheckUserArg(count > 0, nameof(count), "Must be greater than zero.");
        return new SkipTakeDataView(_env, input, skip: count, take: long.MaxValue);
    }

    public IDataView TakeRows(IDataView input, long count)
    {
        _env.CheckValue(input, nameof(input));
        _env.CheckUserArg(count > 0, nameof(count), "Must be greater than zero.");
        return new SkipTakeDataView(_env, input, skip: 0, take: count);
    }

    /// <summary>
    /// Rows go to the test set with the probability <paramref name="testFraction"/>; rows of one sampling key stay together.
    /// </summary>
    public TrainTestData TrainTestSplit(
        IDataView data, double testFraction = 0.1, string samplingKeyColumnName = null, int? seed = null)
    {
        _env.CheckValue(data, nameof(data));
        _env.CheckParam(0 < testFraction && testFraction < 1, nameof(testFraction), "Must be between 0 and 1 exclusive");
        return Split(data, samplingKeyColumnName, seed, new ValueRange(0, testFraction));
    }

    public IReadOnlyList<TrainTestData> CrossValidationSplit(
        IDataView data, int numberOfFolds = 5, string samplingKeyColumnName = null, int? seed = null)
    {
        _env.CheckValue(data, nameof(data));
        _env.CheckParam(numberOfFolds > 1, nameof(numberOfFolds), "Must be more than 1");
        return [.. Enumerable.Range(0, numberOfFolds).Select(fold => Split(data, samplingKeyColumnName, seed,
            new ValueRange((double)fold / numberOfFolds, (double)(fold + 1) / numberOfFolds, IncludesMax: true)))];
    }

    private static IEnumerable<TRow> Read<TRow>(IDataView data, OutputRow<TRow> output, bool reuseRowObject)
        where TRow : class, new()
    {
        using var ch = output.Host.Start("Cursor");
        using var cursor = data.GetRowCursor(output.Columns);
        var fill = output.Bind(cursor);
        TRow row = null;
        while (cursor.MoveNext())
        {
            if (!reuseRowObject || row == null)
                row = new TRow();
            fill(row);
            yield return row;
        }
    }

    private TrainTestData Split(IDataView data, string samplingKeyColumn, int? seed, ValueRange testRange)
    {
        uint? usedSeed = (uint?)(seed ?? ((IHostEnvironmentInternal)_env).Seed);
        Func<ValueRange, RowFilter> filter = range => RowFilter.AtRandom(usedSeed ?? DefaultRandomSeed, range);
        if (samplingKeyColumn != null)
        {
            var column = SamplingKey.Find(_env, data.Schema, samplingKeyColumn);
            filter = range => RowFilter.BySamplingKey(column, usedSeed ?? DefaultHashSeed, range);
        }
        return new TrainTestData(
            new FilteredDataView(_env, data, filter(testRange with { IsComplement = true })),
            new FilteredDataView(_env, data, filter(testRange)));
    }

    /// <summary>The two parts of a split.</summary>
    public struct TrainTestData
    {
        public readonly IDataView TrainSet;
        public readonly IDataView TestSet;

        internal TrainTestData(IDataView trainSet, IDataView testSet)
        {
            TrainSet = trainSet;
            TestSet = testSet;
        }
    }
}
