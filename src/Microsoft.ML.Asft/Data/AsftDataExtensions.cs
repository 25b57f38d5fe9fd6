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
    /// <param name="split">The part of a data set's folder to read, such as <c>train</c>; <see langword="null"/> where there is but one.</param>
    /// <param name="invalidRows">What happens to a row that cannot be read; see the other overload.</param>
    /// <inheritdoc cref="LoadAsftData(DataOperationsCatalog, IReadOnlyList{string}, string?, RowPolicy)"/>
    public static IDataView LoadAsftData(
        this DataOperationsCatalog catalog, string path, string? split = null, RowPolicy invalidRows = RowPolicy.Refuse)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return LoadAsftData(catalog, [path], split, invalidRows);
    }

    /// <summary>
    /// Reads files of rows, one after another: JSON Lines, a JSON list, CSV, TSV or Parquet, each also packed by gzip. What a file is
    /// follows from its content, and for CSV and TSV from its name.
    /// </summary>
    /// <param name="catalog">The data catalog.</param>
    /// <param name="paths">
    /// Files, folders, patterns such as <c>data/*.jsonl</c>, or <c>-</c> for standard input, which is kept in a temporary file.
    /// </param>
    /// <param name="split">The part of a data set's folder to read, such as <c>train</c>; <see langword="null"/> where there is but one.</param>
    /// <param name="invalidRows">
    /// What happens to a row that cannot be read, such as a line that is not a JSON object in UTF-8: an error at once, or it is a row
    /// whose values cannot be got, which fitting counts and names where <see cref="DataOptions.InvalidRows"/> says to skip such rows.
    /// </param>
    /// <returns>
    /// A text column for each field that any row has, in the order in which they first appear. Text is as it is, other values are
    /// their JSON, and what is missing or null is empty. The files are gone through once for their columns and then again by each
    /// cursor, so they must stay as they are. Nothing is kept in memory but the row that is read (of Parquet, its row group).
    /// </returns>
    /// <exception cref="FileNotFoundException">There is nothing at a path.</exception>
    /// <exception cref="InvalidDataException">
    /// A file is none of rows, or a row cannot be read, is longer than 64 MB (in CSV 16 million characters), or there are none; or a folder
    /// has several splits and none is named. The message names the file, and the line or row.
    /// </exception>
    public static IDataView LoadAsftData(
        this DataOperationsCatalog catalog, IReadOnlyList<string> paths, string? split = null, RowPolicy invalidRows = RowPolicy.Refuse)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(paths);
        return RowDataView.Open(RowFiles.Find(paths, split), invalidRows);
    }
}
