using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.ML.Asft.Modeling;
using TorchSharp.Modules;

namespace Microsoft.ML.Asft.Training.Optimization;

/// <summary>Chooses the trained parameters: the adapters, or all parameters of the model except those of frozen modules.</summary>
internal static partial class TrainedParameters
{
    /// <exception cref="InvalidOperationException">The model has no module of a given name.</exception>
    public static IEnumerable<(string Name, Parameter Parameter)> Of(LoadedModel loaded, IEnumerable<string> frozenModules)
    {
        if (loaded.Adapters is { } adapters)
        {
            return adapters.Parameters;
        }

        var all = loaded.Model.named_parameters().Select(p => (Name: p.name, Parameter: p.parameter)).ToList();
        var frozen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string module in frozenModules)
        {
            var found = all.Where(p => IsOf(p.Name, module)).Select(p => p.Name).ToArray();
            frozen.UnionWith(found.Length > 0 ? found : throw new InvalidOperationException(
                $"The model has no module '{module}' to freeze. Give a part of a parameter's name, such as embed_tokens, layers.0, layers.0-3 or "
                + $"mlp. The model's parameters are {string.Join(", ", all.Take(4).Select(p => p.Name))}, …"));
        }

        return all.Where(p => !frozen.Contains(p.Name));
    }

    // Matches consecutive whole parts of the dotted name. a-b stands for the numbers from a to b.
    private static bool IsOf(string parameter, string module)
    {
        string pattern = string.Join(@"\.", module.Split('.').Select(part => NumberRange().Match(part) is { Success: true } range
            ? $"(?:{string.Join('|', Numbers(range))})" : Regex.Escape(part)));
        return Regex.IsMatch(parameter, $@"(?:\A|\.){pattern}(?:\.|\z)", RegexOptions.CultureInvariant);
    }

    private static IEnumerable<int> Numbers(Match range)
    {
        int from = int.Parse(range.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        int to = int.Parse(range.Groups[2].ValueSpan, CultureInfo.InvariantCulture);
        return Enumerable.Range(from, Math.Clamp(to - from + 1, 0, 10_000));
    }

    [GeneratedRegex(@"\A(\d{1,6})-(\d{1,6})\z")]
    private static partial Regex NumberRange();
}
