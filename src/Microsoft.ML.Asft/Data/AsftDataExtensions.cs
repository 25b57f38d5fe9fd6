using Microsoft.ML.Asft.Data;
using Microsoft.ML.Asft.Data.Formats;
using Microsoft.ML.Asft.Options;

#pragma warning disable IDE0130   // extends ML.NET's own catalogs
namespace Microsoft.ML;

/// <summary>Reads the data sets that language models are fine-tuned on.</summary>
public static class AsftDataExtensions
{
    /// <summary>Reads a file or folder of rows.</summary>
    /// <param name="catalog">The data catalog.</param>
    /// <param name="path">A file, a folder, a pattern such as <c>data/*.jsonl</c>, or <c>-</c> for standard input.</param>
    /// <param name="split">
    /// The part of a data set's folder to read, such as <c>train</c>; <see langword="null"/> if there is only one.
    /// </param>
    /// <param name="invalidRows">What happens to a row that cannot be read; see the other overload.</param>
    /// <inheritdoc cref="LoadAsftData(DataOperationsCatalog, IReadOnlyList{string}, string?, RowPolicy)"/>
    public static IDataView LoadAsftData(
        this DataOperationsCatalog catalog, string path, string? split = null, RowPolicy invalidRows = RowPolicy.Refuse)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return LoadAsftData(catalog, [path], split, invalidRows);
    }

    /// <summary>
    /// Reads files of rows, one after another: JSON Lines, a JSON list, CSV, TSV or Parquet, each also compressed with gzip. The content
    /// of a file decides its format; for CSV and TSV the name decides.
    /// </summary>
    /// <param name="catalog">The data catalog.</param>
    /// <param name="paths">
    /// Files, folders, patterns such as <c>data/*.jsonl</c>, or <c>-</c> for standard input, which is kept in a temporary file.
    /// </param>
    /// <param name="split">
    /// The part of a data set's folder to read, such as <c>train</c>; <see langword="null"/> if there is only one.
    /// </param>
    /// <param name="invalidRows">
    /// What happens to a row that cannot be read, such as a line that is not a JSON object in UTF-8. Either it is an error immediately,
    /// or a row
    /// whose values cannot be read; fitting counts and names such rows if <see cref="DataOptions.InvalidRows"/> says to skip them.
    /// </param>
    /// <returns>
    /// A text column for each field that any row has, in the order in which they first appear. Text is unchanged, other values are
    /// their JSON, and missing or null values are empty. The files are read once for their columns and then again by each
    /// cursor, so they must not change. Memory holds only the current row (of Parquet, the current row group).
    /// </returns>
    /// <exception cref="FileNotFoundException">A path does not exist.</exception>
    /// <exception cref="InvalidDataException">
    /// A file has no rows or an unknown format; a row cannot be read, or is longer than 64 MB (in CSV 16 million characters); or a folder
    /// has several splits and <paramref name="split"/> names none. The message names the file, and the line or row.
    /// </exception>
    public static IDataView LoadAsftData(
        this DataOperationsCatalog catalog, IReadOnlyList<string> paths, string? split = null, RowPolicy invalidRows = RowPolicy.Refuse)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(paths);
        return RowDataView.Open(RowFiles.Find(paths, split), invalidRows);
    }
}
