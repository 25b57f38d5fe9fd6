using Microsoft.ML.Asft.Cli;
using Microsoft.ML.Asft.Cli.Output;

using var interruption = new Interruption(Console.Error);
return await AsftCommandLine.RunAsync(args, CommandConsole.System(), interruption.Token);
