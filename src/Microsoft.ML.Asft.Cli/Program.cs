using Microsoft.ML.Asft.Cli;
using Microsoft.ML.Asft.Cli.Output;

var console = WorkerConsole.For(args);
using var interruption = new Interruption(console.ErrorIsTerminal ? null : console.Error);
return await AsftCommandLine.RunAsync(args, console, interruption.Token);
