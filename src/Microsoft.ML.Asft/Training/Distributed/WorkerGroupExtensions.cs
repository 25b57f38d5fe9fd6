using System.Runtime.ExceptionServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Microsoft.ML.Asft.Training.Distributed;

/// <summary>Work of several workers in which none waits for one that has failed, and what they tell each other.</summary>
public static class WorkerGroupExtensions
{
    private static readonly JsonSerializerOptions Json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

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

    /// <summary>Gives every worker the objects of all.</summary>
    /// <param name="workers">The workers, all of which call this; <see langword="null"/> for this process alone.</param>
    /// <param name="own">This worker's object, which travels as JSON.</param>
    /// <returns>The objects, in order of rank.</returns>
    public static T[] AllGatherObject<T>(this IWorkerGroup? workers, T own) => workers is null or { Size: 1 } ? [own]
        : [.. workers.Gather(JsonSerializer.Serialize(own, Json)).Select(text => JsonSerializer.Deserialize<T>(text, Json)!)];

    /// <summary>Stops all workers at the same place if one of them was cancelled.</summary>
    /// <param name="workers">The workers, all of which call this; <see langword="null"/> for this process alone.</param>
    /// <param name="token">This worker's token.</param>
    /// <exception cref="OperationCanceledException">One was cancelled.</exception>
    public static void ThrowIfCancelled(this IWorkerGroup? workers, CancellationToken token)
    {
        if ((workers ?? SingleWorker.Instance).Any(token.IsCancellationRequested))
        {
            throw CollectiveFailure.Mark(new OperationCanceledException(token));
        }
    }

    /// <summary>Checks, before they begin, that all workers do the same.</summary>
    /// <param name="workers">The workers, all of which call this; <see langword="null"/> for this process alone.</param>
    /// <param name="facts">What this worker's results depend on, by name.</param>
    /// <exception cref="InvalidOperationException">Something differs. The message names it, its values and the workers; every worker gets it.</exception>
    public static void RequireSame(this IWorkerGroup? workers, IReadOnlyDictionary<string, string> facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        WorkerConsistency.Check(workers ?? SingleWorker.Instance, new(facts.ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal));
    }
}
