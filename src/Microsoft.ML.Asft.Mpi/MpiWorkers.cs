using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.ML.Asft.Training.Distributed;
using static Microsoft.ML.Asft.Mpi.MpiLibrary;
using static Microsoft.ML.Asft.Mpi.NativeMethods;

namespace Microsoft.ML.Asft.Mpi;

/// <summary>
/// The processes that <c>mpirun</c> started, over Open MPI. A process that was started without it is a group of one.
/// <code>
/// using var workers = MpiWorkers.Start();
/// options.Workers = workers;
/// </code>
/// </summary>
/// <remarks>
/// Operations are called from one thread at a time, by every worker in the same order; they allocate nothing and copy nothing. A separate
/// thread exchanges heartbeats: a worker that is stopped, dead or late (<see cref="MpiOptions"/>) ends the whole job,
/// with a line on standard error that names it. Dispose it at the end, on every worker, while all of them are running.
/// </remarks>
public sealed unsafe class MpiWorkers : IWorkerGroup, IDisposable
{
    private const int LongestPlace = 512;

    private readonly MpiLibrary _mpi;
    private readonly nint _comm;
    private readonly string[] _hosts;
    private readonly HeartbeatMonitor? _watch;
    private bool _disposed;

    private MpiWorkers(MpiLibrary mpi, MpiOptions options, bool isThreadSafe)
    {
        _mpi = mpi;
        Check(MPI_Comm_dup(mpi.World, out _comm), nameof(MPI_Comm_dup));
        Check(MPI_Comm_set_errhandler(_comm, mpi.ErrorsReturn), nameof(MPI_Comm_set_errhandler));
        Check(MPI_Comm_rank(_comm, out int rank), nameof(MPI_Comm_rank));
        Check(MPI_Comm_size(_comm, out int size), nameof(MPI_Comm_size));
        (Rank, Size) = (rank, size);
        var (places, hosts) = GatherPlaces();
        _hosts = hosts;
        LocalRank = hosts.Take(rank).Count(host => host == hosts[rank]);
        ProcessorCount = Math.Max(1, Environment.ProcessorCount / places.Count(place => place == places[rank]));
        _watch = size > 1 && isThreadSafe ? new HeartbeatMonitor(mpi, options, rank, hosts, End) : null;
    }

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Size { get; }

    /// <inheritdoc/>
    public int LocalRank { get; }

    /// <summary>Gets the number of processors of this worker: those that it may run on, divided by the workers that share them.</summary>
    public int ProcessorCount { get; }

    /// <summary>Joins the other workers. A process can do this only once.</summary>
    /// <param name="options">The timeouts; <see langword="null"/> for the defaults.</param>
    /// <exception cref="DllNotFoundException">Open MPI is not installed on this machine.</exception>
    /// <exception cref="InvalidOperationException">The process has already joined.</exception>
    /// <exception cref="MpiException">MPI could not be started.</exception>
    public static MpiWorkers Start(MpiOptions? options = null)
    {
        var mpi = new MpiLibrary();
        Check(MPI_Initialized(out int isInitialized), nameof(MPI_Initialized));
        if (isInitialized != 0)
        {
            throw new InvalidOperationException(
                "MPI was already started, and a process can start it only once. Keep and reuse the first workers.");
        }

        Check(MPI_Init_thread(null, null, ThreadMultiple, out int provided), nameof(MPI_Init_thread));
        return new MpiWorkers(mpi, options ?? new MpiOptions(), provided >= ThreadMultiple);
    }

    /// <inheritdoc/>
    public void AllReduce(Span<float> values) => AllReduce(values, _mpi.Float);

    /// <inheritdoc/>
    public void AllReduce(Span<double> values) => AllReduce(values, _mpi.Double);

    /// <inheritdoc/>
    public void ReduceScatter(ReadOnlySpan<float> values, Span<float> part)
    {
        CheckParts(values.Length, part.Length);
        fixed (float* send = values, receive = part)
        {
            using var operation = Begin();
            Check(MPI_Reduce_scatter_block(send, receive, part.Length, _mpi.Float, _mpi.Sum, _comm), nameof(MPI_Reduce_scatter_block));
        }
    }

    /// <inheritdoc/>
    public void AllGather(ReadOnlySpan<byte> part, Span<byte> all)
    {
        CheckParts(all.Length, part.Length);
        fixed (byte* send = part, receive = all)
        {
            using var operation = Begin();
            Check(MPI_Allgather(send, part.Length, _mpi.Byte, receive, part.Length, _mpi.Byte, _comm), nameof(MPI_Allgather));
        }
    }

    /// <inheritdoc/>
    public void Broadcast(Span<byte> values, int root = 0)
    {
        fixed (byte* buffer = values)
        {
            using var operation = Begin();
            Check(MPI_Bcast(buffer, values.Length, _mpi.Byte, root, _comm), nameof(MPI_Bcast));
        }
    }

    /// <inheritdoc/>
    public void Barrier()
    {
        using var operation = Begin();
        Check(MPI_Barrier(_comm), nameof(MPI_Barrier));
    }

    /// <inheritdoc/>
    public void Abort(string reason) => End($"worker {Rank} on {_hosts[Rank]} cannot continue: {reason}");

    /// <summary>Waits for the others and leaves MPI. Later calls fail.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            Barrier();
            _watch?.Dispose();
            nint comm = _comm;
            Check(MPI_Comm_free(ref comm), nameof(MPI_Comm_free));
            Check(MPI_Finalize(), nameof(MPI_Finalize));
        }
    }

    private void AllReduce<T>(Span<T> values, nint type)
        where T : unmanaged
    {
        fixed (T* buffer = values)
        {
            using var operation = Begin();
            Check(MPI_Allreduce(InPlace, buffer, values.Length, type, _mpi.Sum, _comm), nameof(MPI_Allreduce));
        }
    }

    private HeartbeatMonitor.Operation Begin([CallerMemberName] string name = "") => new(_watch, name);

    private void CheckParts(int all, int part)
    {
        if (all != (long)part * Size)
        {
            throw new ArgumentException($"{all} numbers are not {Size} parts of {part}.");
        }
    }

    // For every worker: its machine, and its machine with the processors it may run on.
    private (string[] Places, string[] Hosts) GatherPlaces()
    {
        string host = ProcessorName();
        string processors = File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith("Cpus_allowed:", StringComparison.Ordinal), "");
        byte[] part = new byte[LongestPlace];
        byte[] all = new byte[LongestPlace * Size];
        byte[] text = Encoding.UTF8.GetBytes($"{host}\n{processors}\n");
        text.AsSpan(0, Math.Min(text.Length, LongestPlace)).CopyTo(part);
        fixed (byte* send = part, receive = all)
        {
            Check(MPI_Allgather(send, LongestPlace, _mpi.Byte, receive, LongestPlace, _mpi.Byte, _comm), nameof(MPI_Allgather));
        }

        string[] places = [.. all.Chunk(LongestPlace).Select(Encoding.UTF8.GetString)];
        return (places, [.. places.Select(place => place.Split('\n')[0])]);
    }

    private void End(string reason)
    {
        Console.Error.WriteLine($"asft: {reason}");
        Console.Error.Flush();
        Check(MPI_Abort(_mpi.World, 1), nameof(MPI_Abort));
    }
}
