namespace Microsoft.ML.Asft.Training.Distributed;

/// <summary>
/// The processes that train one model together. Every process calls the same operations in the same order. An operation returns when
/// this process's part of it is done. <c>Microsoft.ML.Asft.Mpi</c> implements it with MPI.
/// </summary>
/// <remarks>
/// One thread at a time calls the operations. The order of summation must depend only on the size of the group, so that a run with the
/// same number of workers gives exactly the same numbers.
/// </remarks>
public interface IWorkerGroup
{
    /// <summary>Gets the rank of this worker, 0 to <see cref="Size"/> − 1. Worker 0 writes and reports for all.</summary>
    int Rank { get; }

    /// <summary>Gets the number of workers, 1 or more.</summary>
    int Size { get; }

    /// <summary>Gets the rank of this worker among those on the same machine, from 0. It chooses the GPU.</summary>
    int LocalRank { get; }

    /// <summary>Replaces the numbers of every worker by their sums over the workers.</summary>
    /// <param name="values">The numbers. Every worker passes the same count.</param>
    void AllReduce(Span<float> values);

    /// <inheritdoc cref="AllReduce(Span{float})"/>
    void AllReduce(Span<double> values);

    /// <summary>Sums numbers over the workers and gives each worker its part of the sums.</summary>
    /// <param name="values">The numbers: a part for each worker, in order of rank. Every worker passes the same count.</param>
    /// <param name="part">Receives this worker's part of the sums, of length <c>values.Length / Size</c>.</param>
    void ReduceScatter(ReadOnlySpan<float> values, Span<float> part);

    /// <summary>Gives every worker the parts of all workers.</summary>
    /// <param name="part">This worker's bytes. Every worker passes the same count.</param>
    /// <param name="all">Receives the parts in order of rank, <c>part.Length · Size</c> bytes.</param>
    void AllGather(ReadOnlySpan<byte> part, Span<byte> all);

    /// <summary>Gives every worker the bytes of one worker.</summary>
    /// <param name="values">The bytes: the root sends them, the others receive them. Every worker passes the same count.</param>
    /// <param name="root">The rank of the worker that sends.</param>
    void Broadcast(Span<byte> values, int root = 0);

    /// <summary>Waits until every worker has called it.</summary>
    void Barrier();

    /// <summary>Ends every worker's process immediately, because this one cannot continue.</summary>
    /// <param name="reason">The reason, which is shown in the output.</param>
    void Abort(string reason);
}
