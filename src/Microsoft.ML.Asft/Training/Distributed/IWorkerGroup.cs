namespace Microsoft.ML.Asft.Training.Distributed;

/// <summary>
/// The processes that train one model together. Each calls the same operations in the same order; an operation returns when
/// its own part is done. <c>Microsoft.ML.Asft.Mpi</c> has the implementation over MPI.
/// </summary>
/// <remarks>
/// Operations are called from one thread at a time. Sums are formed in an order that the size of the group settles, so that
/// the same group gives the same bits again.
/// </remarks>
public interface IWorkerGroup
{
    /// <summary>Gets which of the workers this is, 0 to <see cref="Size"/> − 1. Worker 0 writes and reports for all.</summary>
    int Rank { get; }

    /// <summary>Gets the number of workers, 1 or more.</summary>
    int Size { get; }

    /// <summary>Gets which of the workers on its machine this is, from 0; it chooses the GPU.</summary>
    int LocalRank { get; }

    /// <summary>Replaces every worker's numbers by their sums over the workers.</summary>
    /// <param name="values">As many for every worker.</param>
    void AllReduce(Span<float> values);

    /// <inheritdoc cref="AllReduce(Span{float})"/>
    void AllReduce(Span<double> values);

    /// <summary>Sums numbers over the workers and leaves each worker its part of the sums.</summary>
    /// <param name="values">As many for every worker: one part for each, in order of rank.</param>
    /// <param name="part">Receives this worker's part of the sums, of length <c>values.Length / Size</c>.</param>
    void ReduceScatter(ReadOnlySpan<float> values, Span<float> part);

    /// <summary>Gives every worker the parts of all.</summary>
    /// <param name="part">This worker's bytes, as many for every worker.</param>
    /// <param name="all">Receives the parts in order of rank, <c>part.Length · Size</c> bytes.</param>
    void AllGather(ReadOnlySpan<byte> part, Span<byte> all);

    /// <summary>Gives every worker what one of them has.</summary>
    /// <param name="values">The bytes: read at the root, written elsewhere; as many for every worker.</param>
    /// <param name="root">Whose they are.</param>
    void Broadcast(Span<byte> values, int root = 0);

    /// <summary>Waits until every worker has come here.</summary>
    void Barrier();

    /// <summary>Ends every worker's process immediately, because this one cannot continue.</summary>
    /// <param name="reason">Why, for the people who look at the output.</param>
    void Abort(string reason);
}
