using System.CommandLine;
using System.CommandLine.Parsing;

namespace Microsoft.ML.Asft.Cli.Options;

/// <summary>Rules between options: which need and which exclude each other.</summary>
internal static class Requirements
{
    public static TOption Required<TOption>(this TOption option)
        where TOption : Option
    {
        option.Required = true;
        return option;
    }

    public static void ExactlyOneOf(this System.CommandLine.Command command, Option first, Option second) => command.Validators.Add(result =>
    {
        if (result.Has(first) == result.Has(second))
        {
            result.AddError($"Give {(result.Has(first) ? "only one" : "one")} of {first.Name} and {second.Name}.");
        }
    });

    public static void Only(this System.CommandLine.Command command, Option option, Option with) => command.Validators.Add(result =>
    {
        if (result.Has(option) && !result.Has(with))
        {
            result.AddError($"{option.Name} works only with {with.Name}.");
        }
    });

    public static void NeverWith(this System.CommandLine.Command command, Option option, params ReadOnlySpan<Option> others)
    {
        foreach (var other in others)
        {
            command.Validators.Add(result =>
            {
                if (result.Has(option) && result.Has(other))
                {
                    result.AddError($"{other.Name} cannot be used with {option.Name}. Leave one of them out.");
                }
            });
        }
    }

    // A flag that is given as false, to overrule a configuration file, is as good as not given.
    private static bool Has(this CommandResult result, Option option) =>
        result.GetResult(option) is { Implicit: false } given && !(option is Option<bool> && !given.GetValueOrDefault<bool>());
}
