using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;

namespace Microsoft.ML.Asft.Cli.Options;

/// <summary>
/// The option <c>--config</c>: a YAML file whose keys are the command's options without their dashes. The file sets what the command line leaves
/// open, as if it stood there, so that both are checked by the same rules.
/// </summary>
internal sealed class ConfigOption : Option<string?>
{
    // The console and the workers are set up before the file is read.
    private static readonly string[] CommandLineOnly = ["--config", "--workers", "--json", "--verbose", "--help", "--version"];

    public ConfigOption()
        : base("--config")
    {
        HelpName = "FILE";
        Description = "A YAML file with options, such as 'learning-rate: 5e-4'. What is on the command line wins.";
    }

    /// <summary>Whether an option may come from a file.</summary>
    public static bool MaySet(Option option) => !CommandLineOnly.Contains(option.Name);

    /// <summary>Parses a command line, and the file that its <c>--config</c> names.</summary>
    /// <param name="root">The tool's commands.</param>
    /// <param name="args">The command line.</param>
    /// <exception cref="CommandException">The file is missing, or something in it is wrong; the message has the file, line and key.</exception>
    public static ParseResult Parse(RootCommand root, IReadOnlyList<string> args)
    {
        var parse = root.Parse(args);
        return parse.Action is not HelpAction && parse.CommandResult.Command.Options.OfType<ConfigOption>().SingleOrDefault() is { } option
            && parse.GetResult(option) is { Tokens: [var file] }
            ? Apply(root, args, parse, file.Value)
            : parse;
    }

    private static ParseResult Apply(RootCommand root, IReadOnlyList<string> args, ParseResult commandLine, string path)
    {
        var settings = new Dictionary<Option, ConfigSetting>();
        foreach (var setting in ConfigFile.Read(path))
        {
            var option = Find(commandLine.CommandResult.Command, setting);
            if (settings.TryGetValue(option, out var earlier))
            {
                throw setting.Wrong($"line {earlier.Line} sets {option.Name} already; leave one of them out.");
            }

            settings.Add(option, setting);
        }

        string[] added =
        [
            .. settings.Where(s => commandLine.GetResult(s.Key) is not { Implicit: false }).SelectMany(s => s.Value.ToArguments(s.Key)),
        ];
        var parse = root.Parse([.. args, .. added]);
        foreach (var error in parse.Errors)
        {
            if (SettingOf(error, settings) is { } setting)
            {
                throw setting.Wrong(error.Message);
            }
        }

        return parse;
    }

    private static Option Find(System.CommandLine.Command command, ConfigSetting setting)
    {
        string name = $"--{setting.Key}";
        var known = command.Options.Where(MaySet).ToArray();
        if (known.FirstOrDefault(o => o.Name == name || o.Aliases.Contains(name)) is { } option)
        {
            return option;
        }

        throw setting.Wrong(
            CommandLineOnly.Contains(name) ? $"{name} can be given on the command line only."
            : setting.Key.StartsWith('-') ? "a key is an option's name without the dashes in front."
            : $"there is no option {name}; 'asft {command.Name} --help' lists them.");
    }

    // An option's own error, or one about several options that names one of the file's.
    private static ConfigSetting? SettingOf(ParseError error, Dictionary<Option, ConfigSetting> settings) =>
        error.SymbolResult is OptionResult { Option: var option } ? settings.GetValueOrDefault(option)
        : settings.FirstOrDefault(s => error.Message.Split(' ', ';', ',', '.').Contains(s.Key.Name)).Value;
}
