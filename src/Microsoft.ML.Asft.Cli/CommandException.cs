namespace Microsoft.ML.Asft.Cli;

/// <summary>Something that the tool itself finds wrong: the message says what, and how to mend it.</summary>
internal sealed class CommandException(string message, int exitCode = ExitCode.Failed, Exception? innerException = null)
    : Exception(message, innerException)
{
    public int ExitCode { get; } = exitCode;
}
