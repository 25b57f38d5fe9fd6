using System.CommandLine;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Microsoft.ML.Asft.Cli.Options;

/// <summary>One key of a configuration file.</summary>
/// <param name="Path">The file.</param>
/// <param name="Line">The key's line, from 1.</param>
/// <param name="Key">The key.</param>
/// <param name="IsList">Whether the value is a list.</param>
/// <param name="Values">The value, or those of the list.</param>
internal sealed record ConfigSetting(string Path, long Line, string Key, bool IsList, IReadOnlyList<YamlScalarNode> Values)
{
    /// <summary>An error that says where the key is.</summary>
    public CommandException Wrong(string problem) => new($"{Path}, line {Line}, {Key}: {problem}", ExitCode.WrongUsage);

    /// <summary>Writes the setting as it would be on the command line.</summary>
    /// <exception cref="CommandException">The value has another type than the option.</exception>
    public IEnumerable<string> ToArguments(Option option)
    {
        if (option.ValueType == typeof(bool))
        {
            return [$"{option.Name}={Flag()}"];
        }

        bool isText = option.ValueType == typeof(string) || option.ValueType == typeof(string[]);
        if (!isText && Values.FirstOrDefault(value => value.Style != ScalarStyle.Plain) is { } quoted)
        {
            throw Wrong($"the value is the text \"{quoted.Value}\"; it must be a number, without quotation marks.");
        }

        if (option.ValueType == typeof(string[]))
        {
            return Values.Select(value => $"{option.Name}={value.Value}");
        }

        return !IsList || option is ListOption
            ? [$"{option.Name}={string.Join(',', Values.Select(value => value.Value))}"]
            : throw Wrong($"the value is a list; {option.Name} takes one value.");
    }

    private string Flag() => !IsList && Values is [{ Style: ScalarStyle.Plain, Value: { } value }] && (value is "true" or "false")
        ? value
        : throw Wrong($"the value is '{string.Join(", ", Values.Select(v => v.Value))}'; it must be true or false, without quotation marks.");
}
