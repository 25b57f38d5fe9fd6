namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>Pads a text to a width in code points, like Python.</summary>
internal static class PythonPadding
{
    public static JinjaString Pad(JinjaRun run, JinjaString text, long width, string fill, bool onLeft)
    {
        long missing = width - PythonText.Length(text.Text);
        return Surround(run, text, onLeft ? missing : 0, onLeft ? 0 : missing, Fill(fill));
    }

    public static JinjaString Center(JinjaRun run, JinjaString text, long width, string fill)
    {
        long missing = Math.Max(0, width - PythonText.Length(text.Text));
        long left = (missing / 2) + (missing & width & 1);
        return Surround(run, text, left, missing - left, Fill(fill));
    }

    /// <summary>Pads with zeros after the sign.</summary>
    public static JinjaString FillZeros(JinjaRun run, JinjaString text, long width)
    {
        int sign = text.Text.StartsWith('-') || text.Text.StartsWith('+') ? 1 : 0;
        return new JinjaStringBuilder(run).Append(text, 0, sign).AppendRepeated('0', width - PythonText.Length(text.Text))
            .Append(text, sign, text.Length).ToJinja();
    }

    public static JinjaString ExpandTabs(JinjaRun run, JinjaString text, long size)
    {
        var expanded = new JinjaStringBuilder(run);
        long column = 0;
        foreach (JinjaString character in PythonText.Characters(text).Cast<JinjaString>())
        {
            if (character.Text == "\t")
            {
                long count = size > 0 ? size - (column % size) : 0;
                run.SpendText(count);
                expanded.Append(character.Rewritten(new string(' ', (int)count)));
                column += count;
            }
            else
            {
                expanded.Append(character);
                column = character.Text is "\n" or "\r" ? 0 : column + 1;
            }
        }
        return expanded.ToJinja();
    }

    private static JinjaString Surround(JinjaRun run, JinjaString text, long left, long right, char fill) => left <= 0 && right <= 0 ? text
        : new JinjaStringBuilder(run).AppendRepeated(fill, left).Append(text).AppendRepeated(fill, right).ToJinja();

    private static char Fill(string fill) => fill.Length == 1 ? fill[0] : throw new JinjaFault("the fill must be one character");
}
