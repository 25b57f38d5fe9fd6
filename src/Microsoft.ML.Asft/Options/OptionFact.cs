using System.Collections;
using System.Globalization;
using System.Reflection;

namespace Microsoft.ML.Asft.Options;

/// <summary>One option with its value.</summary>
/// <param name="Path">The option's name with that of its group, such as <c>Optimizer.WeightDecay</c>.</param>
/// <param name="Property">The property.</param>
/// <param name="Owner">The object that has the property.</param>
/// <param name="Scope">The option's scope.</param>
internal sealed record OptionFact(string Path, PropertyInfo Property, object Owner, OptionScopeAttribute Scope)
{
    /// <summary>Gets the value as text, independent of the culture. It is empty for <see langword="null"/> and for <see langword="false"/>.</summary>
    public string Text => Property.GetValue(Owner) switch
    {
        null => "",
        string text => text,
        IFormattable value => value.ToString(null, CultureInfo.InvariantCulture),
        bool value => value ? "true" : "",
        IEnumerable list => string.Join(", ", list.Cast<object>()),
        Delegate => "custom",
        var value => value.GetType().FullName!,
    };

    /// <summary>Lists all options, including those in groups.</summary>
    public static IEnumerable<OptionFact> Of(AsftOptions options) => Of(options, "");

    /// <summary>Gets whether a property holds a group of options.</summary>
    public static bool IsGroup(PropertyInfo property) =>
        property.PropertyType.Namespace == typeof(AsftOptions).Namespace && property.PropertyType is { IsClass: true };

    private static IEnumerable<OptionFact> Of(object owner, string prefix) => owner.GetType()
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .SelectMany(property => IsGroup(property)
            ? property.GetValue(owner) is { } group ? Of(group, $"{prefix}{property.Name}.") : []
            : property.GetCustomAttribute<OptionScopeAttribute>() is { } scope ? [new OptionFact(prefix + property.Name, property, owner, scope)]
            : throw new InvalidOperationException($"{prefix}{property.Name} has no {nameof(OptionScopeAttribute)}. Add one that says what uses the option."));
}
