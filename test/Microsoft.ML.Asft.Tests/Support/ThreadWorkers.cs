using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Tests.Support;

/// <summary>Workers that are threads of this process.</summary>
internal sealed class ThreadWorkers : IWorkerGroup
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Meeting _meeting;

    private ThreadWorkers(Meeting meeting, int rank) => (_meeting, Rank) = (meeting, rank);

    public int Rank { get; }

    public int Size => _meeting.Parts.Length;

    public int LocalRank => Rank;

    /// <summary>Has so many workers do something; what each came to, or the error that it ended with.</summary>
    public static (T? Result, Exception? Error)[] Run<T>(int size, Func<IWorkerGroup, T> work)
    {
        var meeting = new Meeting(size);
        var results = new (T?, Exception?)[size];
        Thread[] threads = [.. Enumerable.Range(0, size).Select(rank => new Thread(() =>
        {
            try
            {
                results[rank] = (work(new ThreadWorkers(meeting, rank)), null);
            }
            catch (Exception e)
            {
                results[rank] = (default, e);
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        return results;
    }

    public void AllReduce(Span<float> values) => Sum<float>(values).CopyTo(values);

    public void AllReduce(Span<double> values) => Sum<double>(values).CopyTo(values);

    public void ReduceScatter(ReadOnlySpan<float> values, Span<float> part) =>
        Sum(values).AsSpan(Rank * part.Length, part.Length).CopyTo(part);

    public void AllGather(ReadOnlySpan<byte> part, Span<byte> all) =>
        Exchange(part.ToArray(), parts => parts.SelectMany(bytes => bytes).ToArray()).CopyTo(all);

    public void Broadcast(Span<byte> values, int root = 0) => Exchange(values.ToArray(), parts => parts[root]).CopyTo(values);

    public void Barrier() => Exchange(0, _ => 0);

    public void Abort(string reason)
    {
        _meeting.Aborted ??= $"worker {Rank}: {reason}";
        _meeting.End.Cancel();
    }

    private T[] Sum<T>(ReadOnlySpan<T> values)
        where T : struct, System.Numerics.INumber<T> =>
        Exchange(values.ToArray(), parts => parts[0].Select((_, i) => parts.Aggregate(T.Zero, (sum, part) => sum + part[i])).ToArray());

    private TResult Exchange<TPart, TResult>(TPart part, Func<TPart[], TResult> use)
    {
        _meeting.Parts[Rank] = part;
        Meet();
        var result = use([.. _meeting.Parts.Cast<TPart>()]);
        Meet();   // before anybody brings the next part
        return result;
    }

    private void Meet()
    {
        try
        {
            if (!_meeting.Barrier.SignalAndWait(Patience, _meeting.End.Token))
            {
                throw new TimeoutException($"Worker {Rank} waits for others that do something else.");
            }
        }
        catch (OperationCanceledException)
        {
            throw new InvalidOperationException($"The job was ended by {_meeting.Aborted}.");
        }
    }

    private sealed class Meeting(int size)
    {
        public Barrier Barrier { get; } = new(size);

        public CancellationTokenSource End { get; } = new();

        public object?[] Parts { get; } = new object?[size];

        public string? Aborted { get; set; }
    }
}
