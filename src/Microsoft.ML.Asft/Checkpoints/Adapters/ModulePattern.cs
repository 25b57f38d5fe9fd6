using System.Text.RegularExpressions;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Checkpoints.Adapters;

/// <summary>PEFT's rules to find modules by name. Its patterns are Python's regular expressions.</summary>
internal static class ModulePattern
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Matches a whole name, the end of a name after a dot, or a regular expression of a whole name.</summary>
    public static bool Matches(IReadOnlyList<string> names, string? pattern, string moduleName) => pattern is null
        ? names.Any(name => moduleName == name || moduleName.EndsWith($".{name}", StringComparison.Ordinal))
        : IsMatch(pattern, body => $@"\A(?:{body})\z", moduleName);

    /// <summary>The value of the first pattern that matches the name's end after a dot.</summary>
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

    /// <summary>The number of a module's layer: the first number after a part of the name that a pattern matches.</summary>
    /// <param name="patterns">Patterns of the part before the number; any part if there are none.</param>
    /// <param name="moduleName">The module's name.</param>
    /// <returns>The number; <see langword="null"/> if there is none.</returns>
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

    /// <summary>Whether a pattern matches a module or one of its parents.</summary>
    public static bool IsWithin(string pattern, string moduleName) => IsMatch(pattern, body => $@"\A(?:.*\.)?(?:{body})(?:\z|\.)", moduleName);

    public static bool IsOutputHead(string moduleName) => Matches(["lm_head"], null, moduleName);

    /// <summary>Whether a module is the router of a layer's experts.</summary>
    public static bool IsRouter(string moduleName) => Matches(["mlp.gate", "block_sparse_moe.gate"], null, moduleName);

    /// <summary>Checks a pattern.</summary>
    /// <returns>The problem; <see langword="null"/> if it can be used.</returns>
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

    // A pattern comes with a downloaded adapter, so it may backtrack forever.
    private static Match Match(string pattern, Func<string, string> around, string moduleName)
    {
        try
        {
            return Regex.Match(moduleName, around(PythonPattern.ToDotNet(pattern)), RegexOptions.CultureInvariant, Patience);
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new InvalidDataException(
                $"{AdapterConfig.FileName}: the pattern '{pattern}' takes too long on the module '{moduleName}'. Simplify it.", e);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw new InvalidDataException($"{AdapterConfig.FileName}: the pattern '{pattern}' cannot be used: {e.Message.TrimEnd('.')}.", e);
        }
    }
}
