using System.CommandLine;

namespace Microsoft.ML.Asft.Cli.Options;

/// <summary>Options with few values.</summary>
internal static class Choices
{
    /// <summary>Refuses anything but the values, in one line that lists them.</summary>
    public static Option<string> OneOf(this Option<string> option, params string[] values)
    {
        option.CompletionSources.Add(values);
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !values.Contains(result.Tokens[0].Value))
            {
                result.AddError($"{option.Name} is '{result.Tokens[0].Value}'; it must be one of {string.Join(", ", values)}.");
            }
        });
        return option;
    }
}
