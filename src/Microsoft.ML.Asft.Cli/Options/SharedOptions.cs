using System.CommandLine;
using Microsoft.ML.Asft.Native;
using TorchSharp;

namespace Microsoft.ML.Asft.Cli.Options;

/// <summary>Options that several commands share and that are not options of the library.</summary>
internal static class SharedOptions
{
    public static Option<string?> Output(string placeholder, string description)
    {
        var option = Text("--output", placeholder, description);
        option.Aliases.Add("-o");
        return option;
    }

    public static Option<string?> Text(string name, string placeholder, string description) =>
        new(name) { HelpName = placeholder, Description = description };

    public static Option<bool> Flag(string name, string description) => new(name) { Description = description };

    public static Option<int?> Threads()
    {
        var option = new Option<int?>("--threads") { HelpName = "N", Description = "The number of processor threads of each worker. Without it: all." };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out int count) && count < 1)
            {
                result.AddError($"--threads is {count}; it must be 1 or more.");
            }
        });
        return option;
    }

    /// <summary>Sets the threads to compute with.</summary>
    /// <param name="parse">The command line.</param>
    /// <param name="threads">The option.</param>
    /// <param name="processors">The number of processors that may be used.</param>
    public static void ApplyThreads(this ParseResult parse, Option<int?> threads, int processors)
    {
        TorchLibrary.EnsureLoaded();
        if (parse.GetValue(threads) is { } count)
        {
            torch.set_num_threads(count);
        }
        else if (Environment.GetEnvironmentVariable("OMP_NUM_THREADS") is null)
        {
            // libtorch would count cores, not hardware threads.
            torch.set_num_threads(processors);
        }
    }
}
