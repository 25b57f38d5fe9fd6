namespace Microsoft.ML.Asft.Training.Reporting;

/// <summary>The report's style sheet, with light and dark mode.</summary>
internal static class ReportStyle
{
    public const string Sheet = """
        :root { color-scheme: light dark; --paper: #fff; --panel: #f6f7f9; --ink: #1d2129; --faint: #5b6472; --line: #dfe3e8; --c0: #1f6feb; --c1: #d1480f; --c2: #1a7f37; }
        @media (prefers-color-scheme: dark) {
          :root { --paper: #14171c; --panel: #1c2027; --ink: #e6e9ee; --faint: #9aa4b2; --line: #2d333d; --c0: #6cb0ff; --c1: #ff9b63; --c2: #56d364; }
        }
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 1200px; padding: 24px; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
        h1 { font-size: 24px; margin: 0; } h2 { font-size: 18px; margin: 32px 0 12px; } header p { margin: 4px 0 20px; color: var(--faint); }
        .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin-bottom: 20px; }
        .tiles div { background: var(--panel); border-radius: 8px; padding: 12px 14px; color: var(--faint); font-size: 13px; }
        .tiles b { display: block; color: var(--ink); font-size: 18px; }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(340px, 1fr)); gap: 16px; }
        figure { margin: 0; background: var(--panel); border-radius: 8px; padding: 12px 14px; }
        figcaption { font-weight: 600; } figcaption span { font-weight: 400; color: var(--faint); font-size: 13px; margin-left: 8px; }
        .key { white-space: nowrap; display: inline-block; } .key i { display: inline-block; width: 14px; height: 3px; margin-right: 5px; vertical-align: middle; }
        svg { width: 100%; height: auto; display: block; } svg text { fill: var(--faint); font: 15px system-ui, sans-serif; }
        text.y { text-anchor: end; } text.x { text-anchor: middle; } .grid { stroke: var(--line); }
        .curve { fill: none; stroke-width: 2.2; stroke-linejoin: round; } path.c0 { stroke: var(--c0); } path.c1 { stroke: var(--c1); } path.c2 { stroke: var(--c2); }
        .bar.c0 { fill: var(--c0); } .bar.c1 { fill: var(--c1); } .bar.c2 { fill: var(--c2); }
        circle.c0 { fill: var(--c0); } circle.c1 { fill: var(--c1); } i.c0 { background: var(--c0); } i.c1 { background: var(--c1); } i.c2 { background: var(--c2); }
        table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: 4px 12px 4px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
        th { font-weight: 500; color: var(--faint); width: 260px; } td { overflow-wrap: anywhere; }
        article { background: var(--panel); border-radius: 8px; padding: 4px 14px; margin-bottom: 12px; }
        .advice { border-left: 4px solid var(--c0); } .flagged { border-left: 4px solid var(--c1); }
        dl { display: grid; grid-template-columns: 90px 1fr; gap: 6px 12px; } dt { color: var(--faint); } dd { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
        """;
}
