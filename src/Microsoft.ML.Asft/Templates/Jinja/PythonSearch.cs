using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>The search methods of Python's text, with optional bounds in code points.</summary>
internal static class PythonSearch
{
    /// <summary>Finds the first or last position of the argument <c>sub</c>, in code points; null if there is none.</summary>
    public static long? Find(JinjaString self, JinjaArguments arguments, bool last)
    {
        string part = arguments.TakeText(0, "sub");
        if (Within(self.Text, arguments) is not var (start, text))
        {
            return null;
        }
        int at = last ? text.LastIndexOf(part, StringComparison.Ordinal) : text.IndexOf(part, StringComparison.Ordinal);
        return at < 0 ? null : PythonText.Length(self.Text[..(start + at)]);
    }

    public static object Count(JinjaString self, JinjaArguments arguments)
    {
        string part = arguments.TakeText(0, "sub");
        if (Within(self.Text, arguments) is not var (_, text))
        {
            return 0L;
        }
        if (part.Length == 0)
        {
            return PythonText.Length(text) + 1L;
        }
        long count = 0;
        for (int at = 0; (at = text.IndexOf(part, at, StringComparison.Ordinal)) >= 0; at += part.Length)
        {
            count++;
        }
        return count;
    }

    /// <summary>Whether the text begins or ends with the argument, or with one of several in a tuple.</summary>
    public static object Matches(JinjaString self, JinjaArguments arguments, bool atEnd)
    {
        object? wanted = arguments.TakeRequired(0, "prefix");
        IEnumerable<string> parts = wanted is object?[] several
            ? several.Select(part => (part as JinjaString ?? throw new JinjaFault("a tuple of texts is needed")).Text)
            : [arguments.TakeText(0, "prefix")];
        return Within(self.Text, arguments) is var (_, text)
            && parts.Any(part => atEnd ? text.EndsWith(part, StringComparison.Ordinal) : text.StartsWith(part, StringComparison.Ordinal));
    }

    public static JinjaString Replace(JinjaRun run, JinjaString text, string old, JinjaString replacement, long most)
    {
        most = most < 0 ? long.MaxValue : most;
        var replaced = new JinjaStringBuilder(run);
        int start = 0;
        for (int at = 0; most > 0 && (at = text.Text.IndexOf(old, at, StringComparison.Ordinal)) >= 0; most--)
        {
            run.Spend(1);
            replaced.Append(text, start, at).Append(replacement);
            start = at + old.Length;
            at = start;
            if (old.Length == 0)
            {
                // The empty text occurs between any two characters and at both ends.
                if (at == text.Length)
                {
                    break;
                }
                at += at + 1 < text.Length && char.IsSurrogatePair(text.Text[at], text.Text[at + 1]) ? 2 : 1;
            }
        }
        return replaced.Append(text, start, text.Length).ToJinja();
    }

    /// <summary>Returns the part of the text between the arguments <c>start</c> and <c>end</c>; null if it ends before it starts.</summary>
    private static (int Start, string Text)? Within(string text, JinjaArguments arguments)
    {
        (long? from, long? to) = (arguments.TakeIntegerOrNone(1, "start"), arguments.TakeIntegerOrNone(2, "end"));
        if (from is null && to is null)
        {
            return (0, text);
        }
        int length = PythonText.Length(text);
        (int start, int end) = PythonText.Bounds(length, from, to);
        if (start > end || from > length)
        {
            return null;
        }
        int first = PythonText.Offset(text, 0, start);
        return (first, text[first..PythonText.Offset(text, first, end - start)]);
    }
}
