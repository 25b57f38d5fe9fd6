using static Microsoft.ML.Asft.Mpi.MpiLibrary;
using static Microsoft.ML.Asft.Mpi.NativeMethods;

namespace Microsoft.ML.Asft.Mpi;

/// <summary>
/// Heartbeats between worker 0 and each other worker, on a separate communicator and thread. They carry the number of operations that a
/// worker has
/// begun and the time in the last one. So worker 0 knows which worker keeps the others waiting.
/// </summary>
internal sealed unsafe class HeartbeatMonitor : IDisposable
{
    private const int SignLength = 2;   // operations begun, milliseconds in the last

    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

    private readonly MpiLibrary _mpi;
    private readonly MpiOptions _options;
    private readonly int _rank;
    private readonly string[] _hosts;
    private readonly Action<string> _end;
    private readonly nint _comm;
    private readonly Peer[] _peers;
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;
    private long _begun;
    private long _since;
    private volatile string _operation = "";

    /// <param name="mpi">The library.</param>
    /// <param name="options">The limits.</param>
    /// <param name="rank">The rank of this worker.</param>
    /// <param name="hosts">Every worker's machine.</param>
    /// <param name="end">Ends the job, with a line that says why.</param>
    public HeartbeatMonitor(MpiLibrary mpi, MpiOptions options, int rank, string[] hosts, Action<string> end)
    {
        (_mpi, _options, _rank, _hosts, _end) = (mpi, options, rank, hosts, end);
        Check(MPI_Comm_dup(mpi.World, out _comm), nameof(MPI_Comm_dup));
        Check(MPI_Comm_set_errhandler(_comm, mpi.ErrorsReturn), nameof(MPI_Comm_set_errhandler));
        _peers = [.. (rank == 0 ? Enumerable.Range(1, hosts.Length - 1) : [0]).Select(peer => new Peer(peer))];
        _thread = new Thread(Live) { IsBackground = true, Name = "asft signs of life" };
        _thread.Start();
    }

    /// <summary>Stops when every worker has arrived.</summary>
    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        Check(MPI_Barrier(_comm), nameof(MPI_Barrier));   // no worker sends after this
        Hear();
        foreach (var peer in _peers)
        {
            peer.Free();
        }

        nint comm = _comm;
        Check(MPI_Comm_free(ref comm), nameof(MPI_Comm_free));
        _stop.Dispose();
    }

    private void Live()
    {
        try
        {
            Watch();
        }
        catch (MpiException e)
        {
            _end($"worker {_rank} on {_hosts[_rank]} has lost the others: {e.Message}");
        }
    }

    // Silence is counted in this thread's own rounds: if a machine gives none of its processes time, no worker counts as dead.
    private void Watch()
    {
        while (!_stop.Wait(Beat))
        {
            Send();
            Hear();
            foreach (var peer in _peers)
            {
                peer.SilentRounds++;
                if (peer.SilentRounds * Beat > _options.SilenceLimit)
                {
                    _end($"worker {peer.Rank} on {_hosts[peer.Rank]} has sent no heartbeat for {(peer.SilentRounds * Beat).TotalSeconds:F0} s. "
                        + "The job ends; its last checkpoint can be resumed.");
                }
            }

            if (_rank == 0)
            {
                JudgeLateness();
            }
        }
    }

    private void Send()
    {
        long since = Volatile.Read(ref _since);
        long waited = since == 0 ? 0 : (long)_options.Clock.GetElapsedTime(since).TotalMilliseconds;
        foreach (var peer in _peers)
        {
            peer.Send(_mpi, _comm, Volatile.Read(ref _begun), waited);
        }
    }

    private void Hear()
    {
        long* sign = stackalloc long[SignLength];
        while (true)
        {
            MpiStatus status;
            Check(MPI_Iprobe(AnySource, 0, _comm, out int isThere, &status), nameof(MPI_Iprobe));
            if (isThere == 0)
            {
                return;
            }

            Check(MPI_Recv(sign, SignLength * sizeof(long), _mpi.Byte, status.Source, 0, _comm, &status), nameof(MPI_Recv));
            var peer = _peers[_rank == 0 ? status.Source - 1 : 0];
            (peer.SilentRounds, peer.Begun, peer.Waited) = (0, sign[0], TimeSpan.FromMilliseconds(sign[1]));
        }
    }

    private void JudgeLateness()
    {
        long since = Volatile.Read(ref _since);
        (int Rank, long Begun, TimeSpan Waited)[] all =
        [
            (0, Volatile.Read(ref _begun), since == 0 ? TimeSpan.Zero : _options.Clock.GetElapsedTime(since)),
            .. _peers.Select(peer => (peer.Rank, peer.Begun, peer.Waited)),
        ];
        var longest = all.MaxBy(worker => worker.Waited);
        if (longest.Waited > _options.OperationLimit)
        {
            string[] missing = [.. all.Where(worker => worker.Begun < longest.Begun).Select(worker => $"worker {worker.Rank} on {_hosts[worker.Rank]}")];
            _end($"{(missing.Length > 0 ? string.Join(", ", missing) : "no worker")} is missing where worker {longest.Rank} has waited for "
                + $"{longest.Waited.TotalSeconds:F0} s{(longest.Rank == 0 ? $", in {_operation}" : "")}. The job ends; its last checkpoint can be resumed.");
        }
    }

    /// <summary>One operation, from its creation to its disposal.</summary>
    public readonly ref struct Operation
    {
        private readonly HeartbeatMonitor? _watch;

        public Operation(HeartbeatMonitor? watch, string name)
        {
            _watch = watch;
            if (watch is not null)
            {
                watch._operation = name;
                Volatile.Write(ref watch._since, watch._options.Clock.GetTimestamp());
                Volatile.Write(ref watch._begun, watch._begun + 1);
            }
        }

        public void Dispose()
        {
            if (_watch is not null)
            {
                Volatile.Write(ref _watch._since, 0);
            }
        }
    }

    // A peer that exchanges heartbeats. A sent heartbeat stays in its buffer until it is received.
    private sealed class Peer(int rank)
    {
        private readonly long[] _sign = GC.AllocateArray<long>(SignLength, pinned: true);
        private nint _request;

        public int Rank => rank;

        /// <summary>Gets or sets the number of rounds since its last heartbeat.</summary>
        public int SilentRounds { get; set; }

        public long Begun { get; set; }

        public TimeSpan Waited { get; set; }

        public void Send(MpiLibrary mpi, nint comm, long begun, long waited)
        {
            if (!IsFree())
            {
                return;
            }

            (_sign[0], _sign[1]) = (begun, waited);
            fixed (long* sign = _sign)
            {
                Check(MPI_Isend(sign, SignLength * sizeof(long), mpi.Byte, rank, 0, comm, out _request), nameof(MPI_Isend));
            }
        }

        public void Free()
        {
            while (!IsFree())
            {
                Thread.Yield();
            }
        }

        private bool IsFree()
        {
            if (_request == 0)
            {
                return true;
            }

            Check(MPI_Test(ref _request, out int isDone, null), nameof(MPI_Test));
            if (isDone != 0)
            {
                _request = 0;
            }

            return isDone != 0;
        }
    }
}
