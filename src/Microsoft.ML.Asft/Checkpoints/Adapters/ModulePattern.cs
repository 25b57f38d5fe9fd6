using System.Text.RegularExpressions;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Checkpoints.Adapters;

/// <summary>How PEFT finds modules by name. Its patterns are regular expressions as Python has them.</summary>
internal static class ModulePattern
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>A whole name, the end of one after a dot, or a regular expression of a whole name.</summary>
    public static bool Matches(IReadOnlyList<string> names, string? pattern, string moduleName) => pattern is null
        ? names.Any(name => moduleName == name || moduleName.EndsWith($".{name}", StringComparison.Ordinal))
        : IsMatch(pattern, body => $@"\A(?:{body})\z", moduleName);

    /// <summary>The value of the first pattern that the name's end, from a dot on, matches.</summary>
    public static T Find<T>(IReadOnlyList<KeyValuePair<string, T>> patterns, string moduleName, T otherwise)
    {
        foreach (var (pattern, value) in patterns)
        {
            if (IsMatch(pattern, body => $@"\A(?:.*\.)?(?:{body})\z", moduleName))
            {
                return value;
            }
        }

        return otherwise;
    }

    /// <summary>The number of the layer that a module belongs to: the first number after a part of the name that a pattern matches.</summary>
    /// <param name="patterns">Patterns of the part before the number; any part when there are none.</param>
    /// <param name="moduleName">The module's name.</param>
    /// <returns>The number; <see langword="null"/> where there is none.</returns>
    public static int? LayerOf(IReadOnlyList<string> patterns, string moduleName)
    {
        foreach (string pattern in patterns is [] ? [@"[^.]*"] : patterns)
        {
            var match = Match(pattern, body => $@"\A.*?\.(?:{body})\.(?<layer>[0-9]+)\.", moduleName);
            if (match.Success && int.TryParse(match.Groups["layer"].ValueSpan, out int layer))
            {
                return layer;
            }
        }

        return null;
    }

    /// <summary>Says whether a pattern matches a module or one that holds it.</summary>
    public static bool IsWithin(string pattern, string moduleName) => IsMatch(pattern, body => $@"\A(?:.*\.)?(?:{body})(?:\z|\.)", moduleName);

    public static bool IsOutputHead(string moduleName) => Matches(["lm_head"], null, moduleName);

    /// <summary>Says what is wrong with a pattern.</summary>
    /// <returns>The problem; <see langword="null"/> when it can be used.</returns>
    public static string? ProblemOf(string pattern)
    {
        try
        {
            _ = new Regex($"(?:{PythonPattern.ToDotNet(pattern)})");
            return null;
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            return e.Message.TrimEnd('.');
        }
    }

    private static bool IsMatch(string pattern, Func<string, string> around, string moduleName) => Match(pattern, around, moduleName).Success;

    // A pattern comes with a downloaded adapter, so it may be one that backtracks without end.
    private static Match Match(string pattern, Func<string, string> around, string moduleName)
    {
        try
        {
            return Regex.Match(moduleName, around(PythonPattern.ToDotNet(pattern)), RegexOptions.CultureInvariant, Patience);
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new InvalidDataException(
                $"{AdapterConfig.FileName}: the pattern '{pattern}' takes too long on the module '{moduleName}'. Write it simpler.", e);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw new InvalidDataException($"{AdapterConfig.FileName}: the pattern '{pattern}' cannot be used: {e.Message.TrimEnd('.')}.", e);
        }
    }
}
