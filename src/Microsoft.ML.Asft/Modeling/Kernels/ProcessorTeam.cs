using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Kernels;

/// <summary>
/// Runs the parts of a short computation on several threads. Decoding a token takes hundreds of computations of about 50 µs, and waking a
/// thread takes as long as one of them. So a thread of the team spins for a while before it sleeps. Each free thread takes
/// the next part, so a late thread does not delay the others.
/// </summary>
internal sealed class ProcessorTeam
{
    private const int SpinsBeforeSleep = 4000;   // about 100 µs
    private const int WorthSharing = 1 << 16;    // with fewer multiplications one thread is faster

    private readonly Lock _busy = new();
    private readonly List<Member> _members = [];

    public static ProcessorTeam Shared { get; } = new();

    /// <summary>Computes the parts 0 to <paramref name="count"/> − 1, each once, on as many threads as libtorch may use.</summary>
    /// <param name="count">The number of parts.</param>
    /// <param name="part">Computes a part. It must not throw.</param>
    /// <param name="multiplications">About how many multiplications all parts take together. A few are computed on this thread.</param>
    public void Run(int count, Action<int> part, long multiplications = long.MaxValue)
    {
        int helpers = multiplications < WorthSharing ? 0 : Math.Min(get_num_threads(), count) - 1;
        // If another thread is using the team, compute all parts on this thread.
        if (helpers < 1 || !_busy.TryEnter())
        {
            for (int i = 0; i < count; i++)
            {
                part(i);
            }

            return;
        }

        try
        {
            while (_members.Count < helpers)
            {
                _members.Add(new Member());
            }

            var work = new Work(part, count);
            for (int i = 0; i < helpers; i++)
            {
                _members[i].Offer(work);
            }

            work.Help();
            work.Wait();
        }
        finally
        {
            _busy.Exit();
        }
    }

    private sealed class Work(Action<int> part, int count)
    {
        private readonly int _count = count;
        private int _next;
        private int _open = count;

        public void Help()
        {
            for (int i = Interlocked.Increment(ref _next) - 1; i < _count; i = Interlocked.Increment(ref _next) - 1)
            {
                part(i);
                Interlocked.Decrement(ref _open);
            }
        }

        public void Wait()
        {
            var spin = default(SpinWait);
            while (Volatile.Read(ref _open) > 0)
            {
                spin.SpinOnce(sleep1Threshold: -1);
            }
        }
    }

    private sealed class Member
    {
        private readonly SemaphoreSlim _wake = new(0);
        private Work? _offer;
        private int _asleep;

        public Member() => new Thread(Live) { IsBackground = true, Name = "asft processor team" }.Start();

        public void Offer(Work work)
        {
            Interlocked.Exchange(ref _offer, work);
            if (Interlocked.Exchange(ref _asleep, 0) == 1)
            {
                _wake.Release();
            }
        }

        private void Live()
        {
            while (true)
            {
                Next().Help();
            }
        }

        private Work Next()
        {
            while (true)
            {
                for (int look = 0; look < SpinsBeforeSleep; look++)
                {
                    if (Volatile.Read(ref _offer) is not null && Interlocked.Exchange(ref _offer, null) is { } work)
                    {
                        return work;
                    }

                    Thread.SpinWait(1);
                }

                Interlocked.Exchange(ref _asleep, 1);
                // An offer that came before that line did not see this thread as asleep, so it did not wake it.
                if (Volatile.Read(ref _offer) is null || Interlocked.Exchange(ref _asleep, 0) == 0)
                {
                    _wake.Wait();
                }
            }
        }
    }
}
