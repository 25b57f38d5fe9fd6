using System.Collections;
using System.CommandLine;
using System.Globalization;
using Microsoft.ML.Asft.Cli.Options;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Microsoft.ML.Asft.Cli.Output;

/// <summary>
/// Writes what every option of a command had as its value, as a file for <c>--config</c>: what was given, and the defaults, so that a later version with
/// other defaults still runs the same.
/// </summary>
internal static class EffectiveConfig
{
    /// <summary>Writes the file.</summary>
    /// <param name="path">Where.</param>
    /// <param name="parse">The command line and the configuration file together.</param>
    public static void Write(string path, ParseResult parse)
    {
        var command = parse.CommandResult.Command;
        var values = new YamlMappingNode();
        foreach (var option in command.Options.Where(o => ConfigOption.MaySet(o) && o.Name != "--resume"))
        {
            if (parse.GetResult(option) is { } result && ToYaml(option, result.GetValueOrDefault<object>()) is { } value
                && (!result.Implicit || !IsExcluded(parse, option, value)))
            {
                values.Add(option.Name[2..], value);
            }
        }

        AtomicFile.Write(path, writer =>
        {
            writer.WriteLine($"# What 'asft {command.Name} --config' needs to run this again, the defaults included.");
            new YamlStream(new YamlDocument(values)).Save(writer, assignAnchors: false);
            return true;
        });
    }

    // A default has no say beside another option that excludes it, such as the rank of adapters with --full.
    private static bool IsExcluded(ParseResult parse, Option option, YamlNode value) =>
        parse.RootCommandResult.Command.Parse([.. parse.Tokens.Select(t => t.Value), $"{option.Name}={value}"]).Errors.Count > 0;

    private static YamlNode? ToYaml(Option option, object? value) => value switch
    {
        null or false or "" => null,
        true => new YamlScalarNode("true"),
        string text when option is ListOption => List(text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)),
        string text => Text(text),
        IEnumerable texts => List(texts.Cast<string>()),
        IFormattable number => new YamlScalarNode(number.ToString(null, CultureInfo.InvariantCulture)),
        _ => throw new InvalidOperationException($"{option.Name} has a value of the type {value.GetType()}, which no file can hold."),
    };

    private static YamlSequenceNode? List(IEnumerable<string> texts) =>
        texts.Select(Text).ToArray() is { Length: > 0 } items ? new YamlSequenceNode(items) { Style = SequenceStyle.Flow } : null;

    private static YamlScalarNode Text(string text) => new(text) { Style = ScalarStyle.DoubleQuoted };
}
