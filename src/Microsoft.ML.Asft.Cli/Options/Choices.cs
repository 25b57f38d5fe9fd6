using System.CommandLine;

namespace Microsoft.ML.Asft.Cli.Options;

/// <summary>Options with a fixed set of values.</summary>
internal static class Choices
{
    /// <summary>Rejects any other value with one line that lists the valid ones.</summary>
    public static Option<T> OneOf<T>(this Option<T> option, params string[] values)
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
