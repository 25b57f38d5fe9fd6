using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Microsoft.ML.Asft.Cli.Options;

/// <summary>Reads a YAML file of settings: one mapping from keys to scalars or lists of scalars.</summary>
internal static class ConfigFile
{
    /// <summary>Reads the settings in the order of the file.</summary>
    /// <exception cref="CommandException">The file is missing, is no YAML or has another shape.</exception>
    public static IReadOnlyList<ConfigSetting> Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new CommandException($"There is no file '{path}'; correct --config.");
        }

        var yaml = new YamlStream();
        try
        {
            using var reader = File.OpenText(path);
            yaml.Load(reader);
        }
        catch (YamlException error)
        {
            throw new CommandException($"{path}, line {error.Start.Line}: {error.Message}", ExitCode.WrongUsage, error);
        }

        return yaml.Documents switch
        {
            [] => [],
            [{ RootNode: YamlMappingNode root }] => [.. root.Children.Select(child => Setting(path, child.Key, child.Value))],
            [var document] => throw new CommandException(
                $"{path}, line {document.RootNode.Start.Line}: the file must consist of lines 'option: value'.", ExitCode.WrongUsage),
            [_, var second, ..] => throw new CommandException(
                $"{path}, line {second.RootNode.Start.Line}: a second document begins; one file has one.", ExitCode.WrongUsage),
        };
    }

    private static ConfigSetting Setting(string path, YamlNode key, YamlNode value)
    {
        var setting = new ConfigSetting(path, key.Start.Line, (key as YamlScalarNode)?.Value ?? "?", value is YamlSequenceNode, value switch
        {
            YamlScalarNode scalar => [scalar],
            YamlSequenceNode list => [.. list.Children.OfType<YamlScalarNode>()],
            _ => [],
        });
        bool isNested = value is YamlMappingNode || (value is YamlSequenceNode items && items.Children.Count != setting.Values.Count);
        return key is not YamlScalarNode ? throw setting.Wrong("a key must be the name of an option.")
            : isNested ? throw setting.Wrong("the value must be a text, a number, true, false or a list of them.")
            : setting.Values.Count == 0 || setting.Values.Any(IsNull) ? throw setting.Wrong("there is no value; give one or remove the line.")
            : setting;
    }

    private static bool IsNull(YamlScalarNode value) =>
        value is { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" or "Null" or "NULL" };
}
