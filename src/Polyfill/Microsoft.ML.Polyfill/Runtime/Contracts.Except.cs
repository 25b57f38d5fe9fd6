using System.Globalization;

namespace Microsoft.ML.Runtime;

// These make an exception, and leave throwing it to the caller.
internal static partial class Contracts
{
    private static string Format(string msg, object[] args) => string.Format(CultureInfo.InvariantCulture, msg, args);

    public static Exception Except() => Process(new InvalidOperationException());

    public static Exception Except(this IExceptionContext ctx) => Process(new InvalidOperationException(), ctx);

    public static Exception Except(string msg) => Process(new InvalidOperationException(msg));

    public static Exception Except(this IExceptionContext ctx, string msg) => Process(new InvalidOperationException(msg), ctx);

    public static Exception Except(string msg, params object[] args) => Except(Format(msg, args));

    public static Exception Except(this IExceptionContext ctx, string msg, params object[] args) => Except(ctx, Format(msg, args));

    public static Exception Except(Exception inner, string msg) => Process(new InvalidOperationException(msg, inner));

    public static Exception Except(this IExceptionContext ctx, Exception inner, string msg)
        => Process(new InvalidOperationException(msg, inner), ctx);

    public static Exception Except(Exception inner, string msg, params object[] args) => Except(inner, Format(msg, args));

    public static Exception Except(this IExceptionContext ctx, Exception inner, string msg, params object[] args)
        => Except(ctx, inner, Format(msg, args));

    public static Exception ExceptUserArg(string name) => Process(new ArgumentOutOfRangeException(name));

    public static Exception ExceptUserArg(this IExceptionContext ctx, string name)
        => Process(new ArgumentOutOfRangeException(name), ctx);

    public static Exception ExceptUserArg(string name, string msg) => Process(new ArgumentOutOfRangeException(name, msg));

    public static Exception ExceptUserArg(this IExceptionContext ctx, string name, string msg)
        => Process(new ArgumentOutOfRangeException(name, msg), ctx);

    public static Exception ExceptUserArg(string name, string msg, params object[] args) => ExceptUserArg(name, Format(msg, args));

    public static Exception ExceptUserArg(this IExceptionContext ctx, string name, string msg, params object[] args)
        => ExceptUserArg(ctx, name, Format(msg, args));

    public static Exception ExceptParam(string paramName) => Process(new ArgumentOutOfRangeException(paramName));

    public static Exception ExceptParam(this IExceptionContext ctx, string paramName)
        => Process(new ArgumentOutOfRangeException(paramName), ctx);

    public static Exception ExceptParam(string paramName, string msg) => Process(new ArgumentOutOfRangeException(paramName, msg));

    public static Exception ExceptParam(this IExceptionContext ctx, string paramName, string msg)
        => Process(new ArgumentOutOfRangeException(paramName, msg), ctx);

    public static Exception ExceptParam(string paramName, string msg, params object[] args)
        => ExceptParam(paramName, Format(msg, args));

    public static Exception ExceptParam(this IExceptionContext ctx, string paramName, string msg, params object[] args)
        => ExceptParam(ctx, paramName, Format(msg, args));

    public static Exception ExceptValue(string paramName) => Process(new ArgumentNullException(paramName));

    public static Exception ExceptValue(this IExceptionContext ctx, string paramName)
        => Process(new ArgumentNullException(paramName), ctx);

    public static Exception ExceptValue(string paramName, string msg) => Process(new ArgumentNullException(paramName, msg));

    public static Exception ExceptValue(this IExceptionContext ctx, string paramName, string msg)
        => Process(new ArgumentNullException(paramName, msg), ctx);

    public static Exception ExceptEmpty(string paramName) => ExceptParam(paramName, $"{paramName} cannot be null or empty");

    public static Exception ExceptEmpty(this IExceptionContext ctx, string paramName)
        => ExceptParam(ctx, paramName, $"{paramName} cannot be null or empty");

    public static Exception ExceptEmpty(string paramName, string msg) => ExceptParam(paramName, msg);

    public static Exception ExceptEmpty(this IExceptionContext ctx, string paramName, string msg) => ExceptParam(ctx, paramName, msg);

    public static Exception ExceptWhiteSpace(string paramName) => ExceptParam(paramName, $"{paramName} cannot be null or white space");

    public static Exception ExceptWhiteSpace(this IExceptionContext ctx, string paramName)
        => ExceptParam(ctx, paramName, $"{paramName} cannot be null or white space");

    /// <summary>What was read is malformed.</summary>
    public static Exception ExceptDecode() => Process(new FormatException());

    public static Exception ExceptDecode(this IExceptionContext ctx) => Process(new FormatException(), ctx);

    public static Exception ExceptDecode(string msg) => Process(new FormatException(msg));

    public static Exception ExceptDecode(this IExceptionContext ctx, string msg) => Process(new FormatException(msg), ctx);

    public static Exception ExceptDecode(string msg, params object[] args) => ExceptDecode(Format(msg, args));

    public static Exception ExceptDecode(this IExceptionContext ctx, string msg, params object[] args)
        => ExceptDecode(ctx, Format(msg, args));

    public static Exception ExceptDecode(Exception inner, string msg) => Process(new FormatException(msg, inner));

    public static Exception ExceptDecode(this IExceptionContext ctx, Exception inner, string msg)
        => Process(new FormatException(msg, inner), ctx);

    public static Exception ExceptNotSupp(string msg) => Process(new NotSupportedException(msg));

    public static Exception ExceptNotSupp(this IExceptionContext ctx, string msg) => Process(new NotSupportedException(msg), ctx);

    public static Exception ExceptNotSupp(string msg, params object[] args) => ExceptNotSupp(Format(msg, args));

    public static Exception ExceptNotSupp(this IExceptionContext ctx, string msg, params object[] args)
        => ExceptNotSupp(ctx, Format(msg, args));

    public static Exception ExceptSchemaMismatch(string paramName, string columnRole, string columnName)
        => ExceptParam(paramName, MissingColumn(columnRole, columnName));

    public static Exception ExceptSchemaMismatch(this IExceptionContext ctx, string paramName, string columnRole, string columnName)
        => ExceptParam(ctx, paramName, MissingColumn(columnRole, columnName));

    public static Exception ExceptSchemaMismatch(
        string paramName, string columnRole, string columnName, string expectedType, string actualType)
        => ExceptParam(paramName, WrongColumn(columnRole, columnName, expectedType, actualType));

    public static Exception ExceptSchemaMismatch(this IExceptionContext ctx,
        string paramName, string columnRole, string columnName, string expectedType, string actualType)
        => ExceptParam(ctx, paramName, WrongColumn(columnRole, columnName, expectedType, actualType));

    private static string MissingColumn(string role, string name) => $"Could not find {role} column '{name}'";

    private static string WrongColumn(string role, string name, string expectedType, string actualType)
        => $"Schema mismatch for {role} column '{name}': expected {expectedType}, got {actualType}";
}
