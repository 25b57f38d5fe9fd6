using System.Net;
using System.Text;

namespace Microsoft.ML.Asft.Training.Reporting;

/// <summary>The parts that the HTML reports have in common. A page is one file and loads no others.</summary>
internal static class ReportPage
{
    /// <summary>A whole page.</summary>
    /// <param name="title">The title.</param>
    /// <param name="outcome">The text below the title, a sentence or two.</param>
    /// <param name="body">The parts of the body, as HTML.</param>
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

    /// <summary>Tiles with the most important numbers.</summary>
    public static string Tiles(IEnumerable<(string Name, string Value)> tiles) =>
        $"<section class=\"tiles\">{string.Concat(tiles.Select(t => $"<div><b>{Text(t.Value)}</b>{Text(t.Name)}</div>"))}</section>\n";

    /// <summary>Charts side by side.</summary>
    public static string Charts(IEnumerable<string> charts) => $"<section class=\"charts\">\n{string.Concat(charts)}</section>\n";

    /// <summary>A table of names and values.</summary>
    public static string Table(IEnumerable<(string Name, string Value)> rows) =>
        $"<table>{string.Concat(rows.Select(r => $"<tr><th>{Text(r.Name)}</th><td>{Text(r.Value)}</td></tr>"))}</table>\n";

    /// <summary>Escapes a text for HTML.</summary>
    public static string Text(string text) => WebUtility.HtmlEncode(text);
}
