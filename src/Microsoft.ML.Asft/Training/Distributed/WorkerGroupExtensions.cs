using System.Runtime.ExceptionServices;

namespace Microsoft.ML.Asft.Training.Distributed;

/// <summary>What keeps workers from waiting for one that has failed.</summary>
public static class WorkerGroupExtensions
{
    /// <summary>
    /// What each worker does for itself, such as reading files. Where one fails, all do: it with its own error, the others with one
    /// that names it.
    /// </summary>
    /// <param name="workers">The workers, all of which do this; <see langword="null"/> for this process alone.</param>
    /// <param name="work">What each does.</param>
    /// <exception cref="InvalidOperationException">Another worker failed.</exception>
    public static T RunOnAll<T>(this IWorkerGroup? workers, Func<T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (workers is null or { Size: 1 })
        {
            return work();
        }

        T? result = default;
        Exception? failure = null;
        try
        {
            result = work();
        }
        catch (Exception e)
        {
            failure = e;
        }

        string[] messages = workers.Gather(failure is null ? "" : $"failed: {failure.Message}");
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(CollectiveFailure.Mark(failure));
        }

        int failed = Array.FindIndex(messages, message => message.Length > 0);
        return failed < 0 ? result! : throw CollectiveFailure.Mark(new InvalidOperationException($"Worker {failed} {messages[failed]}"));
    }

    /// <inheritdoc cref="RunOnAll{T}(IWorkerGroup, Func{T})"/>
    public static void RunOnAll(this IWorkerGroup? workers, Action work) => workers.RunOnAll(() =>
    {
        work();
        return true;
    });

    /// <summary>What the first worker does for all, such as writing a file, while the others wait. Where it fails, all do.</summary>
    /// <param name="workers">The workers, all of which call this; <see langword="null"/> for this process alone.</param>
    /// <param name="work">What it does.</param>
    public static void RunOnFirst(this IWorkerGroup? workers, Action work) => workers.RunOnAll(() =>
    {
        if (workers is null or { Rank: 0 })
        {
            work();
        }
    });

    /// <summary>
    /// Work in which workers wait for each other: where it fails on one of them with what the others do not know of, every worker's
    /// process ends. Fitting and evaluating do so by themselves; what fails for all of them together is thrown as usual.
    /// </summary>
    /// <param name="workers">The workers; <see langword="null"/> for this process alone.</param>
    /// <param name="work">The work.</param>
    public static T AbortOnFailure<T>(this IWorkerGroup? workers, Func<T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        try
        {
            return work();
        }
        catch (Exception e) when (workers is { Size: > 1 } && !CollectiveFailure.Is(e))
        {
            workers.Abort(e.Message);
            throw;
        }
    }
}
