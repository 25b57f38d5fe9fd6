using Microsoft.ML.Asft.Generation;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Data;

namespace Microsoft.ML.Asft.Pipeline;

/// <summary>A column that the transformer adds, with one property of a row's completion.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="Type">The column's type.</param>
internal abstract record CompletionColumn(string Name, PrimitiveDataViewType Type)
{
    /// <summary>Gets whether the column needs the log-probabilities of the completion's tokens.</summary>
    public bool NeedsLogProbabilities { get; private init; }

    /// <summary>The columns that the options ask for.</summary>
    public static IReadOnlyList<CompletionColumn> Of(AsftOptions options)
    {
        var columns = new List<CompletionColumn> { Text(options.OutputColumnName, completion => completion.Text) };
        if (options.OutputColumns.TokenCountColumnName is { } count)
        {
            columns.Add(new Column<int>(count, NumberDataViewType.Int32, completion => completion.TokenIds.Count));
        }

        if (options.OutputColumns.MeanLogProbabilityColumnName is { } mean)
        {
            columns.Add(new Column<float>(mean, NumberDataViewType.Single, completion => (float)completion.MeanLogProbability)
            {
                NeedsLogProbabilities = true,
            });
        }

        if (options.OutputColumns.FinishReasonColumnName is { } reason)
        {
            columns.Add(Text(reason, completion => completion.FinishReason == FinishReason.Stop ? "stop" : "length"));
        }

        return columns;
    }

    /// <summary>Creates a getter of the column's value.</summary>
    /// <param name="current">Returns the completion of the current row.</param>
    /// <exception cref="InvalidOperationException">The column's values are not of type <typeparamref name="TValue"/>.</exception>
    public abstract ValueGetter<TValue> Getter<TValue>(Func<Completion> current);

    private static Column<ReadOnlyMemory<char>> Text(string name, Func<Completion, string> read) =>
        new(name, TextDataViewType.Instance, completion => read(completion).AsMemory());

    private sealed record Column<T>(string Name, PrimitiveDataViewType Type, Func<Completion, T> Read) : CompletionColumn(Name, Type)
    {
        public override ValueGetter<TValue> Getter<TValue>(Func<Completion> current)
        {
            ValueGetter<T> getter = (ref T destination) => destination = Read(current());
            return getter as ValueGetter<TValue> ?? throw new InvalidOperationException(
                $"The column '{Name}' has values of type {typeof(T)}, not {typeof(TValue)}.");
        }
    }
}
