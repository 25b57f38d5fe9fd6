using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>Python's operations on any value: truth, text, equality, order, members, items.</summary>
internal static class JinjaValue
{
    /// <summary>The notation of nested lists and dictionaries in text: Python's <c>repr</c>.</summary>
    private static readonly JinjaNotation Python = new("None", "True", "False", ": ", ", ", PythonText.Quote, PythonNumber.Write);

    public static string TypeName(object? value) => value switch
    {
        null => "None",
        bool => "bool",
        long => "int",
        double => "float",
        JinjaString => "str",
        List<object?> => "list",
        object?[] => "tuple",
        JinjaDictionary => "dict object",
        JinjaUndefined => "undefined",
        JinjaNamespace => "namespace",
        JinjaGenerator => "generator",
        JinjaView view => view.Name,
        JinjaGroup => "tuple",
        JinjaLoop => "loop",
        _ => "function",
    };

    public static bool IsTrue(object? value) => value switch
    {
        null or JinjaUndefined => false,
        bool flag => flag,
        long number => number != 0,
        double number => number != 0,
        JinjaString text => text.Length > 0,
        JinjaView view => view.Items.Count > 0,
        System.Collections.ICollection items => items.Count > 0,
        _ => true,
    };

    /// <summary>Writes a value as <c>{{ … }}</c> prints it.</summary>
    public static JinjaString ToText(JinjaRun run, object? value)
    {
        switch (value)
        {
            case JinjaString text:
                return text;
            case JinjaUndefined:
                return JinjaString.Empty;
            default:
                return Repr(run, value);
        }
    }

    /// <summary>Writes a value as in a list, with quotes around texts.</summary>
    public static JinjaString Repr(JinjaRun run, object? value)
    {
        var output = new JinjaStringBuilder(run);
        Python.Write(run, output, value);
        return output.ToJinja();
    }

    /// <summary>Whether a value can be a key here.</summary>
    public static bool IsKey([NotNullWhen(true)] object? value) => value is JinjaString or long;

    public static bool AreEqual(JinjaRun run, object? left, object? right)
    {
        run.Enter();
        switch (left, right)
        {
            case (JinjaString a, JinjaString b):
                run.SpendReading(a);
                return a.Text == b.Text;
            case (JinjaUndefined, JinjaUndefined):
                return true;
            case (List<object?> a, List<object?> b):
                return AreAllEqual(run, a, b);
            case (object?[] a, object?[] b):
                return AreAllEqual(run, a, b);
            case (JinjaDictionary a, JinjaDictionary b):
                return a.Count == b.Count && a.All(pair => b.TryGetValue(pair.Key, out object? other) && AreEqual(run, pair.Value, other));
            default:
                return TryNumber(left, out double x) && TryNumber(right, out double y)
                    ? left is double || right is double ? x == y : Whole(left) == Whole(right)
                    : ReferenceEquals(left, right);
        }
    }

    public static int Compare(JinjaRun run, object? left, object? right)
    {
        run.Enter();
        switch (left, right)
        {
            case (JinjaString a, JinjaString b):
                run.SpendReading(a);
                return PythonText.Compare(a.Text, b.Text);
            case (IReadOnlyList<object?> a, IReadOnlyList<object?> b) when (left is object?[]) == (right is object?[]):
                for (int i = 0; i < Math.Min(a.Count, b.Count); i++)
                {
                    if (!AreEqual(run, a[i], b[i]))
                    {
                        return Compare(run, a[i], b[i]);
                    }
                }
                return a.Count.CompareTo(b.Count);
            default:
                if (TryNumber(left, out double x) && TryNumber(right, out double y))
                {
                    return left is double || right is double ? x.CompareTo(y) : Whole(left).CompareTo(Whole(right));
                }
                throw Unordered(left, right);
        }
    }

    /// <summary>Whether <paramref name="container"/> holds <paramref name="item"/>.</summary>
    public static bool Contains(JinjaRun run, object? container, object? item)
    {
        switch (container)
        {
            case JinjaString text:
                run.SpendSearch(text.Text, [item]);
                return item is JinjaString part ? text.Text.Contains(part.Text, StringComparison.Ordinal)
                    : throw new JinjaFault($"only text can be in text, not {TypeName(item)}");
            case JinjaDictionary dictionary:
                return IsKey(item) && dictionary.ContainsKey(item);
            case JinjaGenerator generator:
                while (generator.TryTake(out object? next))
                {
                    if (AreEqual(run, next, item))
                    {
                        return true;
                    }
                }
                return false;
            case JinjaUndefined or JinjaNamespace:
                return false;
            default:
                return Iterate(run, container).Any(other => AreEqual(run, other, item));
        }
    }

    /// <summary>Returns the items that a <c>for</c> iterates over.</summary>
    public static IReadOnlyList<object?> Iterate(JinjaRun run, object? value)
    {
        run.SpendReading(value);
        switch (value)
        {
            case List<object?> list:
                return list;
            case object?[] tuple:
                return tuple;
            case JinjaGenerator generator:
                return generator.TakeAll();
            case JinjaView view:
                return view.Items;
            case JinjaGroup group:
                return group.AsTuple();
            case JinjaUndefined:
                return [];
            case JinjaString text:
                run.Spend(text.Length);
                return PythonText.Characters(text);
            case JinjaDictionary dictionary:
                run.Spend(dictionary.Count);
                return [.. dictionary.Keys];
            default:
                throw new JinjaFault($"{TypeName(value)} cannot be iterated over");
        }
    }

    /// <summary>Looks up <c>value.name</c>: a method of the type first, then an item of that name.</summary>
    public static object? Member(object? value, string name) => value switch
    {
        JinjaNamespace space => space.Members.TryGetValue(new JinjaString(name), out object? member) ? member : JinjaUndefined.Member(value, name),
        JinjaLoop loop => loop.Member(name),
        JinjaGroup group => name switch { "grouper" => group.Grouper, "list" => group.List, _ => Member(group.AsTuple(), name) },
        JinjaFunction function => function.Member(name) ?? JinjaUndefined.Member(value, name),
        JinjaUndefined undefined => throw new JinjaFault(undefined.Message),
        _ when JinjaMethods.Find(value, name) is { } method => method,
        JinjaDictionary dictionary when dictionary.TryGetValue(new JinjaString(name), out object? item) => item,
        _ => JinjaUndefined.Member(value, name),
    };

    /// <summary>Looks up <c>value[key]</c>: an item first, then a method of that name.</summary>
    public static object? Item(JinjaRun run, object? value, object? key)
    {
        switch (value, key)
        {
            case (JinjaUndefined undefined, _):
                throw new JinjaFault(undefined.Message);
            case (JinjaGroup group, long or bool):
                return Item(run, group.AsTuple(), key);
            case (JinjaDictionary dictionary, _) when IsKey(key) && dictionary.TryGetValue(key, out object? item):
                return item;
            case (IReadOnlyList<object?> or JinjaString, long or bool):
                long count = Count(run, value)!.Value;
                long index = Whole(key) < 0 ? Whole(key) + count : Whole(key);
                return index < 0 || index >= count ? new JinjaUndefined($"there is no item {key}")
                    : value is JinjaString text ? PythonText.Part(text, index, index + 1)
                    : ((IReadOnlyList<object?>)value)[(int)index];
            case (_, JinjaString name):
                return Member(value, name.Text);
            default:
                return JinjaUndefined.Member(value, ToText(run, key).Text);
        }
    }

    /// <summary>Takes <c>value[start:stop:step]</c>; a part that is left out is null.</summary>
    public static object? Slice(JinjaRun run, object? value, long? start, long? stop, long step)
    {
        if (value is JinjaUndefined undefined)
        {
            throw new JinjaFault(undefined.Message);
        }
        if (step == 0 || value is not (IReadOnlyList<object?> or JinjaString))
        {
            throw new JinjaFault(step == 0 ? "a slice's step cannot be zero" : $"{TypeName(value)} cannot be sliced");
        }
        long count = Count(run, value)!.Value;
        (long lowest, long highest) = step > 0 ? (0, count) : (-1, count - 1);
        long Bound(long? bound, long absent) => bound is { } b ? Math.Clamp(b < 0 ? b + count : b, lowest, highest) : absent;
        long from = Bound(start, step > 0 ? lowest : highest);
        long to = Bound(stop, step > 0 ? highest : lowest);
        if (value is JinjaString text && step == 1)
        {
            run.SpendText(Math.Max(0, to - from));
            return PythonText.Part(text, from, to);
        }

        IReadOnlyList<object?> items = Iterate(run, value);
        var slice = new List<object?>();
        for (long i = from; (step > 0 ? i < to : i > to) && (slice.Count == 0 || Math.Abs(step) < count); i += step)
        {
            run.Spend(1);
            slice.Add(items[(int)i]);
        }
        return value switch
        {
            JinjaString => JinjaMethods.Join(run, slice, JinjaString.Empty, strict: true),
            object?[] => slice.ToArray(),
            _ => slice,
        };
    }

    /// <summary>Counts a value's items or characters; null if it has no length.</summary>
    public static long? Count(JinjaRun run, object? value)
    {
        run.SpendReading(value as JinjaString);
        return value switch
        {
            JinjaString text => PythonText.Length(text.Text),
            JinjaView view => view.Items.Count,
            System.Collections.ICollection items => items.Count,
            JinjaUndefined => 0,
            _ => null,
        };
    }

    public static bool TryNumber(object? value, out double number)
    {
        (bool known, number) = value switch
        {
            long whole => (true, whole),
            double real => (true, real),
            bool flag => (true, flag ? 1.0 : 0.0),
            _ => (false, 0.0),
        };
        return known;
    }

    /// <summary>Returns an integer; in Python a bool is one too.</summary>
    public static long Whole(object? value) => value switch
    {
        long whole => whole,
        bool flag => flag ? 1 : 0,
        _ => throw new JinjaFault($"a whole number is needed, not {TypeName(value)}"),
    };

    private static bool AreAllEqual(JinjaRun run, IReadOnlyList<object?> left, IReadOnlyList<object?> right)
    {
        if (left.Count != right.Count)
        {
            return false;
        }
        for (int i = 0; i < left.Count; i++)
        {
            if (!AreEqual(run, left[i], right[i]))
            {
                return false;
            }
        }
        return true;
    }

    private static JinjaFault Unordered(object? left, object? right) => (left as JinjaUndefined ?? right as JinjaUndefined) is { } undefined
        ? new JinjaFault(undefined.Message)
        : new JinjaFault($"{TypeName(left)} and {TypeName(right)} have no order");
}
