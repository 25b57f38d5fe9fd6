using System.Reflection;

namespace Microsoft.ML.Asft.Cli;

/// <summary>What an exception says to a user.</summary>
internal static class ErrorMessages
{
    /// <summary>The message of the innermost exception if the others only wrap it, without the name of a method's parameter.</summary>
    public static string InnermostMessage(this Exception error) => error switch
    {
        TargetInvocationException or TypeInitializationException when error.InnerException is { } inner => inner.InnermostMessage(),
        AggregateException { InnerExceptions: [var inner] } => inner.InnermostMessage(),
        ArgumentException { ParamName: { } name } => error.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal),
        _ => error.Message,
    };
}
