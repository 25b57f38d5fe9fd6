namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>
/// What is wrong with a template, found while parsing or rendering it. It never leaves <see cref="JinjaTemplate"/>, which
/// adds the file and the line.
/// </summary>
/// <param name="message">What is wrong.</param>
/// <param name="unsupported">Whether it is Jinja, but more of Jinja than is understood here.</param>
internal sealed class JinjaFault(string message, bool unsupported = false) : Exception(message)
{
    public bool Unsupported => unsupported;

    public static JinjaFault NotSupported(string what) => new($"{what} is not supported in chat templates here", unsupported: true);
}
