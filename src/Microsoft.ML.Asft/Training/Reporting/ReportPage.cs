using System.Net;
using System.Text;

namespace Microsoft.ML.Asft.Training.Reporting;

/// <summary>The parts that the pages have in common. A page needs nothing beside it.</summary>
internal static class ReportPage
{
    /// <summary>A whole page.</summary>
    /// <param name="title">Its title.</param>
    /// <param name="outcome">What is below the title, in a sentence or two.</param>
    /// <param name="body">Everything else, as HTML.</param>
    public static string Of(string title, string outcome, IEnumerable<string> body) => new StringBuilder()
        .Append($"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{Text(title)}</title>
            <style>
            {ReportStyle.Sheet}
            </style></head><body>
            <header><h1>{Text(title)}</h1><p>{Text(outcome)}</p></header>

            """)
        .AppendJoin("", body).Append("</body></html>\n").ToString();

    /// <summary>Numbers that are seen first.</summary>
    public static string Tiles(IEnumerable<(string Name, string Value)> tiles) =>
        $"<section class=\"tiles\">{string.Concat(tiles.Select(t => $"<div><b>{Text(t.Value)}</b>{Text(t.Name)}</div>"))}</section>\n";

    /// <summary>Charts side by side.</summary>
    public static string Charts(IEnumerable<string> charts) => $"<section class=\"charts\">\n{string.Concat(charts)}</section>\n";

    /// <summary>Names and values.</summary>
    public static string Table(IEnumerable<(string Name, string Value)> rows) =>
        $"<table>{string.Concat(rows.Select(r => $"<tr><th>{Text(r.Name)}</th><td>{Text(r.Value)}</td></tr>"))}</table>\n";

    /// <summary>A text in the middle of HTML.</summary>
    public static string Text(string text) => WebUtility.HtmlEncode(text);
}
