using System.Diagnostics;

namespace Microsoft.ML.Runtime;

/// <summary>
/// Argument and state checks. Each kind of failure has one exception type; the exception is marked as ML.NET's own
/// and, when there is a context, with the component that threw it.
/// </summary>
internal static partial class Contracts
{
    public const string IsMarkedKey = "ML_IsMarked";

    public static TException Process<TException>(this TException ex, IExceptionContext ectx = null)
        where TException : Exception
        => ectx != null ? ectx.Process(ex) : Mark(ex);

    public static TException Mark<TException>(TException ex)
        where TException : Exception
    {
        ex.Data[IsMarkedKey] = 1;
        return ex;
    }

    public static bool IsMarked(this Exception ex) => ex.Data.Contains(IsMarkedKey);

    /// <summary>Throws when the environment was told to stop.</summary>
    public static void CheckAlive(this IHostEnvironment env)
    {
        if (env is ICancelable { IsCanceled: true })
            throw Process(new OperationCanceledException("Operation was canceled."), env);
    }

    /// <summary>Says that null is fine here.</summary>
    [Conditional("INVARIANT_CHECKS")]
    public static void CheckValueOrNull<T>(T val)
        where T : class
    {
    }

    /// <summary>Says that null is fine here.</summary>
    [Conditional("INVARIANT_CHECKS")]
    public static void CheckValueOrNull<T>(this IExceptionContext ctx, T val)
        where T : class
    {
    }
}
