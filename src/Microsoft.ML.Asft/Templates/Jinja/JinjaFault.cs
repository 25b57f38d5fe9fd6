namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>
/// An error in a template, found while parsing or rendering it. <see cref="JinjaTemplate"/> catches it and
/// adds the file and the line.
/// </summary>
/// <param name="message">What is wrong.</param>
/// <param name="unsupported">Whether it is valid Jinja that is not supported here.</param>
internal sealed class JinjaFault(string message, bool unsupported = false) : Exception(message)
{
    public bool Unsupported => unsupported;

    public static JinjaFault NotSupported(string what) => new($"{what} is not supported in chat templates here", unsupported: true);
}
