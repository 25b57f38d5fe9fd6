using System.Globalization;

namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>The notation of nested values as text: Python's or JSON.</summary>
/// <param name="none">The text of None.</param>
/// <param name="yes">The text of true.</param>
/// <param name="no">The text of false.</param>
/// <param name="afterKey">The separator between a key and its value.</param>
/// <param name="afterItem">The separator between two items.</param>
/// <param name="quote">Writes a text.</param>
/// <param name="number">Writes a floating-point number.</param>
/// <param name="indent">The indentation of each level; null to write on one line.</param>
/// <param name="sortsKeys">Whether keys are sorted.</param>
internal sealed class JinjaNotation(
    string none, string yes, string no, string afterKey, string afterItem, Func<JinjaRun, JinjaString, JinjaString> quote, Func<double, string> number,
    string? indent = null, bool sortsKeys = false)
{
    private readonly bool _isJson = none == "null";

    public void Write(JinjaRun run, JinjaStringBuilder output, object? value, long depth = 0)
    {
        run.Enter();
        switch (value)
        {
            case null:
                output.Append(none);
                break;
            case bool flag:
                output.Append(flag ? yes : no);
                break;
            case long whole:
                output.Append(whole.ToString(CultureInfo.InvariantCulture));
                break;
            case double real:
                output.Append(number(real));
                break;
            case JinjaString text:
                run.SpendText(text.Length);
                output.Append(quote(run, text));
                break;
            case List<object?> list:
                WriteItems(run, output, "[", list, "]", depth);
                break;
            case object?[] tuple:
                (string open, string close) = _isJson ? ("[", "]") : ("(", tuple.Length == 1 ? ",)" : ")");
                WriteItems(run, output, open, tuple, close, depth);
                break;
            case JinjaDictionary dictionary:
                WriteDictionary(run, output, dictionary, depth);
                break;
            case JinjaUndefined when !_isJson:
                output.Append("Undefined");
                break;
            case JinjaUndefined undefined:
                throw new JinjaFault(undefined.Message);
            case JinjaGroup group:
                Write(run, output, group.AsTuple(), depth);
                break;
            case JinjaView view when !_isJson:
                output.Append(view.Name);
                WriteItems(run, output, "([", view.Items, "])", depth);
                break;
            default:
                throw new JinjaFault($"{JinjaValue.TypeName(value)} cannot be written as {(_isJson ? "JSON" : "text")}");
        }
    }

    private void WriteItems(JinjaRun run, JinjaStringBuilder output, string open, IReadOnlyList<object?> items, string close, long depth)
    {
        int start = output.Length;
        output.Append(open);
        for (int i = 0; i < items.Count; i++)
        {
            BeginItem(output, i, depth);
            Write(run, output, items[i], depth + 1);
        }
        End(output, items.Count, close, depth);
        Claim(output, start, (items as JinjaSourceList)?.Source);
    }

    private void WriteDictionary(JinjaRun run, JinjaStringBuilder output, JinjaDictionary dictionary, long depth)
    {
        IEnumerable<object> keys = dictionary.Keys;
        if (sortsKeys)
        {
            keys = keys.Order(Comparer<object>.Create((left, right) => JinjaValue.Compare(run, left, right)));
        }
        int start = output.Length;
        output.Append("{");
        int i = 0;
        foreach (object key in keys)
        {
            BeginItem(output, i++, depth);
            Write(run, output, _isJson ? JinjaValue.ToText(run, key) : key, depth + 1);
            output.Append(afterKey);
            Write(run, output, dictionary[key], depth + 1);
        }
        End(output, i, "}", depth);
        Claim(output, start, dictionary.Source);
    }

    /// <summary>Brackets, commas and numbers of a message's value also belong to the message.</summary>
    private static void Claim(JinjaStringBuilder output, int start, JinjaSource? source)
    {
        if (source is not null)
        {
            output.Claim(start, source);
        }
    }

    private void BeginItem(JinjaStringBuilder output, int i, long depth)
    {
        output.Append(i > 0 ? afterItem : "");
        if (indent is { } width)
        {
            AppendLine(output, width, depth + 1);
        }
    }

    private static void AppendLine(JinjaStringBuilder output, string width, long depth)
    {
        output.Append("\n");
        for (long i = 0; i < depth; i++)
        {
            output.Append(width);
        }
    }

    private void End(JinjaStringBuilder output, int count, string close, long depth)
    {
        if (indent is { } width && count > 0)
        {
            AppendLine(output, width, depth);
        }
        output.Append(close);
    }
}
