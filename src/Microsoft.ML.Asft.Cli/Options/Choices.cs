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

    /// <summary>Rejects what is not the name of a prompt template, nor auto:NAME for a named template of the model's folder.</summary>
    public static Option<string> TemplateOf(this Option<string> option, params string[] names)
    {
        option.Validators.Add(result =>
        {
            string given = result.GetValueOrDefault<string>();
            if (!names.Contains(given) && !given.StartsWith("auto:", StringComparison.Ordinal))
            {
                result.AddError($"There is no template '{given}'. Use one of {string.Join(", ", names)}, or auto:NAME for a named template of the model's folder.");
            }
        });
        return option;
    }
}
