namespace Microsoft.ML.Asft.Cli;

/// <summary>An error that the tool itself detects. The message says what is wrong and how to fix it.</summary>
internal sealed class CommandException(string message, int exitCode = ExitCode.Failed, Exception? innerException = null)
    : Exception(message, innerException)
{
    public int ExitCode { get; } = exitCode;
}
