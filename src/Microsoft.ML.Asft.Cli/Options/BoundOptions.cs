using System.CommandLine;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Linq.Expressions;
using System.Reflection;

namespace Microsoft.ML.Asft.Cli.Options;

/// <summary>
/// Command-line options that set properties of an object. They take their defaults and ranges from the properties,
/// so the help agrees with the library.
/// </summary>
/// <param name="command">The command that gets the options.</param>
internal sealed class BoundOptions<TTarget>(System.CommandLine.Command command)
    where TTarget : class, new()
{
    private readonly TTarget _defaults = new();
    private readonly List<Action<ParseResult, TTarget>> _setters = [];

    /// <summary>Makes an object with the properties that the command line sets.</summary>
    public TTarget Create(ParseResult parse)
    {
        var target = new TTarget();
        foreach (var set in _setters)
        {
            set(parse, target);
        }

        return target;
    }

    /// <summary>Adds an option for a property that is text or a number.</summary>
    public Option<T> Add<T>(string name, string placeholder, string description, Expression<Func<TTarget, T>> property)
    {
        var option = Add(name, placeholder, description, property, value => value, value => value);
        var range = Member(property).GetCustomAttribute<RangeAttribute>();
        option.CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (TryParse(text, out T value) && (range is null || range.IsValid(value)))
            {
                return value;
            }

            result.AddError($"{name} is '{text}'; it must be {Describe<T>(range)}.");
            return value;
        };
        return option;
    }

    /// <summary>Adds an option without a value. It sets a property whose default is false.</summary>
    public Option<bool> AddFlag(string name, string description, Expression<Func<TTarget, bool>> property)
    {
        var option = Add(name, placeholder: null, description, property, value => value, value => value);
        option.DefaultValueFactory = null;
        return option;
    }

    /// <summary>Adds an option with a name for each value.</summary>
    public Option<string> AddChoice<T>(
        string name, string description, Expression<Func<TTarget, T>> property, params (string Name, T Value)[] choices)
    {
        string names = string.Join('|', choices.Select(c => c.Name));
        var option = Add(
            name, names, description, property,
            value => choices.First(c => Equals(c.Value, value)).Name,
            text => text is null ? default! : choices.First(c => c.Name == text).Value);
        return option.OneOf([.. choices.Select(c => c.Name)]);
    }

    /// <summary>Adds an option whose value is a list, separated by commas.</summary>
    public Option<string> AddList(string name, string placeholder, string description, Expression<Func<TTarget, IList<string>>> property) =>
        Add(
            name, placeholder, description, property,
            values => string.Join(',', values),
            text => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            new ListOption(name));

    /// <summary>Adds an option that may be given several times, each with one text.</summary>
    public Option<string[]> AddTexts(string name, string placeholder, string description, Expression<Func<TTarget, IList<string>>> property)
    {
        var option = Add(name, placeholder, description, property, values => values.ToArray(), texts => (IList<string>)[.. texts ?? []]);
        option.DefaultValueFactory = null;
        option.Arity = ArgumentArity.OneOrMore;
        return option;
    }

    private Option<TOption> Add<T, TOption>(
        string name, string? placeholder, string description, Expression<Func<TTarget, T>> property,
        Func<T, TOption> toOption, Func<TOption, T> fromOption, Option<TOption>? option = null)
    {
        option ??= new Option<TOption>(name);
        (option.Description, option.HelpName) = (description, placeholder);
        if (property.Compile()(_defaults) is { } value)
        {
            option.DefaultValueFactory = _ => toOption(value);
        }

        // The object that has the property: the target itself, or an object in it.
        var owner = Expression.Lambda<Func<TTarget, object>>(((MemberExpression)property.Body).Expression!, property.Parameters).Compile();
        _setters.Add((parse, target) => Member(property).SetValue(owner(target), fromOption(parse.GetValue(option)!)));
        command.Add(option);
        return option;
    }

    private static PropertyInfo Member<T>(Expression<Func<TTarget, T>> property) =>
        (PropertyInfo)((MemberExpression)property.Body).Member;

    private static bool TryParse<T>(string text, out T value)
    {
        try
        {
            value = (T)Convert.ChangeType(text, Simple<T>(), CultureInfo.InvariantCulture);
            return true;
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            value = default!;
            return false;
        }
    }

    private static string Describe<T>(RangeAttribute? range)
    {
        string kind = Simple<T>() == typeof(int) || Simple<T>() == typeof(long) ? "a whole number" : "a number";
        return range is null ? kind
            : range.Minimum is double.Epsilon ? $"{kind} above 0 and at most {range.Maximum}"
            : $"{kind} from {range.Minimum} to {range.Maximum}";
    }

    private static Type Simple<T>() => Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T);
}
