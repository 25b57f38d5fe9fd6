using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using Microsoft.ML.Asft.Cli.Commands;
using Microsoft.ML.Asft.Cli.Commands.Evaluate;
using Microsoft.ML.Asft.Cli.Commands.Export;
using Microsoft.ML.Asft.Cli.Options;
using Microsoft.ML.Asft.Cli.Output;
using Microsoft.ML.Asft.Training;

namespace Microsoft.ML.Asft.Cli;

/// <summary>The <c>asft</c> tool: parses the arguments, runs the command and returns an exit code.</summary>
internal static class AsftCommandLine
{
    private const string JsonOption = "--json";
    private const string VerboseOption = "--verbose";

    public static async Task<int> RunAsync(IReadOnlyList<string> args, CommandConsole console, CancellationToken cancellationToken)
    {
        ParseResult parse;
        try
        {
            parse = ConfigOption.Parse(Root(console), args);
        }
        catch (CommandException e)
        {
            console.Error.WriteLine($"asft: {OneLine(e.Message)}");
            return e.ExitCode;
        }

        var configuration = new InvocationConfiguration
        {
            Output = console.Out,
            Error = console.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        if (parse.Action is ParseErrorAction)
        {
            return ExplainUsage(parse, console.Error);
        }

        try
        {
            return await parse.InvokeAsync(configuration, cancellationToken);
        }
        catch (OperationCanceledException e) when (cancellationToken.IsCancellationRequested)
        {
            console.Error.WriteLine(e switch
            {
                AsftInterruptedException { CheckpointFolder: { } folder, Step: var step } =>
                    $"asft: interrupted after step {step}, which is saved in {folder}. Add --resume to the same command to continue.",
                AsftInterruptedException { Step: var step } => $"asft: interrupted after step {step}; nothing is saved",
                _ => "asft: interrupted",
            });
            return ExitCode.Interrupted;
        }
        catch (Exception e)
        {
            console.Error.WriteLine($"asft: {InOptionNames(OneLine(e.InnermostMessage()), parse.CommandResult.Command)}");
            if (parse.GetValue<bool>(VerboseOption))
            {
                console.Error.WriteLine(e);
            }

            return e is CommandException { ExitCode: var exitCode } ? exitCode : ExitCode.Failed;
        }
    }

    internal static RootCommand Root(CommandConsole console)
    {
        var root = new RootCommand("Fine-tunes language models with Anchored Supervised Fine-Tuning (arXiv 2509.23753), and uses them.");
        AsftCommand[] commands =
        [
            new DiagnoseCommand(), new TrainCommand(), new ScoreCommand(), new GenerateCommand(), new ChatCommand(), new ServeCommand(), new EncodeCommand(), new TokenizeCommand(),
            new RenderCommand(), new InitCommand(), new InspectCommand(), new MergeCommand(), new DownloadCommand(),
        ];
        var evaluate = new EvaluateCommand();
        var export = new ExportCommand();
        foreach (var command in commands.Concat(evaluate.Commands).Concat(export.Commands))
        {
            command.SetAction((parse, cancellationToken) =>
            {
                command.Run(parse, console.With(parse.GetValue<bool>(JsonOption), parse.GetValue<bool>(VerboseOption)), cancellationToken);
                return Task.FromResult(ExitCode.Done);
            });
        }

        foreach (System.CommandLine.Command command in (System.CommandLine.Command[])[.. commands, export, evaluate])
        {
            root.Add(command);
        }

        root.Add(new Option<bool>(JsonOption) { Description = "Print one JSON object instead of text.", Recursive = true });
        root.Add(new Option<bool>(VerboseOption) { Description = "Print more details, and the stack trace of an error.", Recursive = true });
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        root.SetAction(_ =>
        {
            root.Parse("--help").Invoke(new InvocationConfiguration { Output = console.Error });
            return ExitCode.WrongUsage;
        });
        return root;
    }

    private static int ExplainUsage(ParseResult parse, TextWriter error)
    {
        var command = parse.CommandResult.Command;
        string name = string.Join(' ', PathOf(parse.CommandResult).Reverse());
        error.WriteLine($"{name}: {string.Join(' ', parse.Errors.Select(e => OneLine(e.Message)))} See '{name} --help'.");
        return ExitCode.WrongUsage;
    }

    // The root is always called asft: in a test the tool's own name may be that of the test host.
    private static IEnumerable<string> PathOf(CommandResult command) =>
        command.Parent is CommandResult parent ? PathOf(parent).Prepend(command.Command.Name) : ["asft"];

    // The library's MaxLength is --max-length on the command line, and Data.PromptColumnName is --prompt-column.
    private static string InOptionNames(string message, System.CommandLine.Command command) => command.Options
        .Select(option => (option.Name, Words: option.Name[2..].Split('-')))
        .Where(option => option.Words.Length > 1)
        .Aggregate(message, (text, option) => Regex.Replace(
            text, $@"\b([A-Z][A-Za-z]+\.)?{string.Concat(option.Words.Select(word => char.ToUpperInvariant(word[0]) + word[1..]))}(Name)?\b", option.Name));

    private static string OneLine(string message) =>
        string.Join(' ', message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
