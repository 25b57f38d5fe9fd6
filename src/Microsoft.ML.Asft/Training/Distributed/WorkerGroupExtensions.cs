using System.Runtime.ExceptionServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Microsoft.ML.Asft.Training.Distributed;

/// <summary>Runs work on several workers so that none of them waits forever for one that has failed.</summary>
public static class WorkerGroupExtensions
{
    private static readonly JsonSerializerOptions Json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>
    /// Runs work on every worker that needs no other worker, such as reading files. If it fails on one worker, every worker throws: that one its own
    /// error, the others an error that names it.
    /// </summary>
    /// <param name="workers">The workers, all of which call this; <see langword="null"/> for this process alone.</param>
    /// <param name="work">The work of each worker.</param>
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

    /// <summary>Runs work on the first worker only, such as writing a file, while the others wait. If it fails, every worker throws.</summary>
    /// <param name="workers">The workers, all of which call this; <see langword="null"/> for this process alone.</param>
    /// <param name="work">The work of the first worker.</param>
    public static void RunOnFirst(this IWorkerGroup? workers, Action work) => workers.RunOnAll(() =>
    {
        if (workers is null or { Rank: 0 })
        {
            work();
        }
    });

    /// <summary>
    /// Runs work in which workers wait for each other. If it fails on one worker and the others do not know of it, the processes of all workers
    /// end. An error that every worker throws, such as one of <see cref="RunOnAll{T}"/>, is thrown as usual. Fitting and evaluating already use this.
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

    /// <summary>Gives every worker the objects of all.</summary>
    /// <param name="workers">The workers, all of which call this; <see langword="null"/> for this process alone.</param>
    /// <param name="own">This worker's object. It is sent as JSON.</param>
    /// <returns>The objects, in order of rank.</returns>
    public static T[] AllGatherObject<T>(this IWorkerGroup? workers, T own) => workers is null or { Size: 1 } ? [own]
        : [.. workers.Gather(JsonSerializer.Serialize(own, Json)).Select(text => JsonSerializer.Deserialize<T>(text, Json)!)];

    /// <summary>Stops all workers at this point if one of them was cancelled.</summary>
    /// <param name="workers">The workers, all of which call this; <see langword="null"/> for this process alone.</param>
    /// <param name="token">This worker's token.</param>
    /// <exception cref="OperationCanceledException">A worker was cancelled.</exception>
    public static void ThrowIfCancelled(this IWorkerGroup? workers, CancellationToken token)
    {
        if ((workers ?? SingleWorker.Instance).Any(token.IsCancellationRequested))
        {
            throw CollectiveFailure.Mark(new OperationCanceledException(token));
        }
    }

    /// <summary>Checks that all workers have the same values, so that they do the same work.</summary>
    /// <param name="workers">The workers, all of which call this; <see langword="null"/> for this process alone.</param>
    /// <param name="facts">The values that this worker's results depend on, by name.</param>
    /// <exception cref="InvalidOperationException">Something differs. The message names it, its values and the workers; every worker gets it.</exception>
    public static void RequireSame(this IWorkerGroup? workers, IReadOnlyDictionary<string, string> facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        WorkerConsistency.Check(workers ?? SingleWorker.Instance, new(facts.ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal));
    }
}
