using System.Text.RegularExpressions;

namespace Microsoft.ML.Asft.Checkpoints;

/// <summary>How PEFT finds modules by name.</summary>
internal static class ModulePattern
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>A whole name, the end of one after a dot, or a regular expression of a whole name.</summary>
    public static bool Matches(IReadOnlyList<string> names, string? pattern, string moduleName) => pattern is null
        ? names.Any(name => moduleName == name || moduleName.EndsWith($".{name}", StringComparison.Ordinal))
        : IsMatch(pattern, $@"\A(?:{pattern})\z", moduleName);

    /// <summary>The value of the first pattern that the name's end, from a dot on, matches.</summary>
    public static T Find<T>(IReadOnlyList<KeyValuePair<string, T>> patterns, string moduleName, T otherwise)
    {
        foreach (var (pattern, value) in patterns)
        {
            if (IsMatch(pattern, $@"\A(?:.*\.)?(?:{pattern})\z", moduleName))
            {
                return value;
            }
        }

        return otherwise;
    }

    public static bool IsOutputHead(string moduleName) => Matches(["lm_head"], null, moduleName);

    public static bool IsValid(string pattern)
    {
        try
        {
            _ = new Regex($"(?:{pattern})");
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    // A pattern comes with a downloaded adapter, so it may be one that backtracks without end.
    private static bool IsMatch(string pattern, string anchored, string moduleName)
    {
        try
        {
            return Regex.IsMatch(moduleName, anchored, RegexOptions.CultureInvariant, Patience);
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new InvalidDataException(
                $"{AdapterConfig.FileName}: the pattern '{pattern}' takes too long on the module '{moduleName}'. Write it simpler.", e);
        }
    }
}
