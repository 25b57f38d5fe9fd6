namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>Splits a text at a separator or at white space, like Python.</summary>
internal static class PythonSplitting
{
    /// <summary>Splits a text into parts.</summary>
    /// <param name="text">The text.</param>
    /// <param name="separator">The separator; null for any white space.</param>
    /// <param name="limit">The maximum number of splits; below zero for no limit.</param>
    /// <param name="fromEnd">Whether to split from the end.</param>
    public static List<object?> Split(JinjaString text, string? separator, long limit, bool fromEnd)
    {
        long most = limit < 0 ? long.MaxValue : limit;
        if (separator?.Length == 0)
        {
            throw new JinjaFault("split() needs a separator that is not empty");
        }
        List<object?> parts = (separator, fromEnd) switch
        {
            (null, false) => AtBlanks(text, most),
            (null, true) => AtBlanksFromEnd(text, most),
            (_, false) => AtSeparator(text, separator, most),
            _ => AtSeparatorFromEnd(text, separator, most),
        };
        if (fromEnd)
        {
            parts.Reverse();
        }
        return parts;
    }

    /// <summary>Splits a text at the first or last separator: the text before it, the separator, and the text after it.</summary>
    public static object?[] Partition(JinjaString text, string separator, bool last)
    {
        if (separator.Length == 0)
        {
            throw new JinjaFault("partition() needs a separator that is not empty");
        }
        int at = last ? text.Text.LastIndexOf(separator, StringComparison.Ordinal) : text.Text.IndexOf(separator, StringComparison.Ordinal);
        return at >= 0 ? [text.Slice(0, at), text.Slice(at, at + separator.Length), text.Slice(at + separator.Length, text.Length)]
            : last ? [JinjaString.Empty, JinjaString.Empty, text]
            : [text, JinjaString.Empty, JinjaString.Empty];
    }

    private static List<object?> AtSeparator(JinjaString text, string separator, long most)
    {
        var parts = new List<object?>();
        int start = 0;
        for (int at; parts.Count < most && (at = text.Text.IndexOf(separator, start, StringComparison.Ordinal)) >= 0; start = at + separator.Length)
        {
            parts.Add(text.Slice(start, at));
        }
        parts.Add(text.Slice(start, text.Length));
        return parts;
    }

    private static List<object?> AtSeparatorFromEnd(JinjaString text, string separator, long most)
    {
        var parts = new List<object?>();
        int end = text.Length;
        for (int at; parts.Count < most && (at = text.Text.AsSpan(0, end).LastIndexOf(separator, StringComparison.Ordinal)) >= 0; end = at)
        {
            parts.Add(text.Slice(at + separator.Length, end));
        }
        parts.Add(text.Slice(0, end));
        return parts;
    }

    /// <summary>Splits a text into words. After the limit the rest stays one part with its blanks.</summary>
    private static List<object?> AtBlanks(JinjaString text, long most)
    {
        var words = new List<object?>();
        for (int start = 0; ;)
        {
            while (start < text.Length && PythonText.IsSpace(text.Text[start]))
            {
                start++;
            }
            if (start == text.Length)
            {
                return words;
            }
            int end = words.Count < most ? start : text.Length;
            while (end < text.Length && !PythonText.IsSpace(text.Text[end]))
            {
                end++;
            }
            words.Add(text.Slice(start, end));
            start = end;
        }
    }

    private static List<object?> AtBlanksFromEnd(JinjaString text, long most)
    {
        var words = new List<object?>();
        for (int end = text.Length; ;)
        {
            while (end > 0 && PythonText.IsSpace(text.Text[end - 1]))
            {
                end--;
            }
            if (end == 0)
            {
                return words;
            }
            int start = words.Count < most ? end : 0;
            while (start > 0 && !PythonText.IsSpace(text.Text[start - 1]))
            {
                start--;
            }
            words.Add(text.Slice(start, end));
            end = start;
        }
    }
}
