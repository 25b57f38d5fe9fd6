using Microsoft.ML.Asft;
using Microsoft.ML.Asft.Text;

namespace Microsoft.ML;

/// <summary>Reads the data sets that language models are fine-tuned on.</summary>
public static class AsftDataExtensions
{
    /// <summary>
    /// Reads JSON Lines: one object a line, such as <c>{"instruction": "…", "response": "…"}</c> or <c>{"messages": […]}</c>.
    /// </summary>
    /// <param name="catalog">The data catalog.</param>
    /// <param name="path">The file, in UTF-8; or <c>-</c> for standard input, which is kept in memory.</param>
    /// <param name="invalidLines">
    /// What happens to a line that is not a JSON object in UTF-8: an error at once, or it is a row whose values cannot be got, which
    /// fitting counts and names where <see cref="AsftOptions.InvalidRows"/> says to skip such rows.
    /// </param>
    /// <returns>
    /// A text column for each field that any line has, in the order in which they first appear. Text is as it is, other values are
    /// their JSON, and what is missing or null is empty. The file is gone through once for its columns and then again by each
    /// cursor, so it must stay as it is.
    /// </returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// A line is not a JSON object in UTF-8 or is longer than 64 MB, or there are no lines; the message names file and line.
    /// </exception>
    public static IDataView LoadFromJsonLines(this DataOperationsCatalog catalog, string path, RowPolicy invalidLines = RowPolicy.Refuse)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(path);
        return JsonLinesDataView.Open(JsonLinesSource.For(path), invalidLines);
    }
}
