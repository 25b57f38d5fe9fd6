using System.CommandLine;

namespace Microsoft.ML.Asft.Cli.Options;

/// <summary>An option whose value is a list, divided by commas.</summary>
internal sealed class ListOption(string name) : Option<string>(name);
