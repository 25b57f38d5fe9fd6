using System.Globalization;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Asft.Data.Examples;

/// <summary>Counts the rows that were read, and the parts of them that were not learnt.</summary>
internal sealed class RowCounts
{
    private const int NamedRows = 5;

    private readonly List<string> _problems = [];
    private readonly List<int> _lengths = [];
    private readonly SortedDictionary<string, long> _ignored = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _noticed = new(StringComparer.Ordinal);

    /// <summary>Gets or sets the number of rows that were used.</summary>
    public long Used { get; set; }

    /// <summary>Gets the number of rows that could not be used.</summary>
    public int Skipped { get; private set; }

    /// <summary>Gets or sets the number of used rows that were cut at the end.</summary>
    public int Cut { get; set; }

    /// <summary>Gets or sets the number of rows that were left out because of their length.</summary>
    public int Dropped { get; set; }

    /// <summary>Gets the problems of the first rows that could not be used.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Gets the number of tokens of each row before it was cut.</summary>
    public IReadOnlyList<int> Lengths => _lengths;

    /// <summary>Notes the length of a row before it is cut.</summary>
    public void AddLength(int tokens) => _lengths.Add(tokens);

    /// <summary>Counts a row that cannot be used.</summary>
    /// <returns>Whether it is one of the first rows, which are named.</returns>
    public bool Skip(string problem)
    {
        bool isNamed = Skipped++ < NamedRows;
        if (isNamed)
        {
            _problems.Add(problem);
        }

        return isNamed;
    }

    /// <summary>Counts the fields of a row's messages that the template does not write.</summary>
    public void Ignore(IEnumerable<string> fields)
    {
        foreach (string field in fields)
        {
            _ignored[field] = _ignored.GetValueOrDefault(field) + 1;
        }
    }

    /// <summary>Counts a warning about what the template does with a row.</summary>
    public void Notice(IEnumerable<string> notices)
    {
        foreach (string notice in notices)
        {
            _noticed[notice] = _noticed.GetValueOrDefault(notice) + 1;
        }
    }

    /// <summary>Warns about what was not learnt.</summary>
    /// <param name="channel">Receives the warnings.</param>
    /// <param name="columns">The columns of the data.</param>
    /// <param name="unused">The filled columns that were not needed.</param>
    /// <param name="maxLength">The maximum number of tokens of a row.</param>
    public void Report(IChannel channel, PromptColumns columns, IReadOnlyDictionary<string, long> unused, int maxLength)
    {
        long all = Used + Skipped + Dropped;
        Warn(Skipped, $"{Skipped:N0} of {all:N0} rows could not be used.");
        Warn(Cut, $"{Cut:N0} of {all:N0} rows are longer than {maxLength} tokens and were cut.");
        Warn(Dropped, $"{Dropped:N0} of {all:N0} rows are longer than {maxLength} tokens and were left out.");
        foreach ((string field, long count) in _ignored)
        {
            Warn(count, $"{count:N0} of {all:N0} rows have messages with '{field}', which the template does not write. It was left out.");
        }

        foreach ((string notice, long count) in _noticed)
        {
            Warn(count, $"In {count:N0} of {all:N0} rows {notice}.");
        }

        foreach ((string column, long count) in unused)
        {
            Warn(count, $"{count:N0} of {all:N0} rows have '{column}' besides the columns of their conversation. It was not read.");
        }

        // In an ML.NET pipeline other components may use the other columns.
        var ofFiles = columns.Others.Where(RowDataView.IsOfFile).ToArray();
        Warn(ofFiles.Length, $"Not read of {all:N0} rows: {string.Join(", ", ofFiles.Select(column => $"'{column.Name}'"))}.");

        void Warn(long count, FormattableString text)
        {
            if (count > 0)
            {
                channel.Warning(MessageSensitivity.None, "{0}", text.ToString(CultureInfo.InvariantCulture));
            }
        }
    }

    /// <exception cref="InvalidDataException">No row can be used.</exception>
    public void RequireAny(int maxLength)
    {
        if (Used == 0)
        {
            throw new InvalidDataException(
                _problems.Count > 0 ? $"No row can be used. The first problem: {_problems[0]}"
                : Dropped > 0 ? $"All {Dropped} rows are longer than {maxLength} tokens. Raise {nameof(AsftOptions.MaxLength)}, or cut the rows."
                : "The data has no rows: there is nothing to learn from.");
        }
    }
}
