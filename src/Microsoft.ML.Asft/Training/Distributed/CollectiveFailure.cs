using System.Runtime.CompilerServices;

namespace Microsoft.ML.Asft.Training.Distributed;

/// <summary>
/// Marks errors that every worker throws at the same point of its work. After such an error no worker waits for another, so the workers need not be aborted.
/// </summary>
internal static class CollectiveFailure
{
    private static readonly ConditionalWeakTable<Exception, object> Marked = [];

    public static T Mark<T>(T error)
        where T : Exception
    {
        Marked.AddOrUpdate(error, error);
        return error;
    }

    public static bool Is(Exception error) => Marked.TryGetValue(error, out _);
}
