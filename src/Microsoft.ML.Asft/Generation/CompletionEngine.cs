namespace Microsoft.ML.Asft.Generation;

/// <summary>
/// Completes requests together as they come (continuous batching): a thread of its own computes one token of every running completion at a time, and
/// requests join and leave between two tokens. Use it to serve a model from a host of your own.
/// </summary>
/// <remarks>It is safe to use from several threads. Dispose it before the model.</remarks>
public sealed class CompletionEngine : IDisposable
{
    private readonly AsftTransformer _model;
    private readonly StopCriteria _ends;
    private readonly int _slots;
    private readonly int _queueLimit;
    private readonly Lock _gate = new();
    private readonly Queue<CompletionStream> _waiting = [];
    private readonly List<CompletionStream> _running = [];
    private readonly SemaphoreSlim _wake = new(0);
    private readonly Thread _thread;
    private volatile bool _stopping;
    private long _promptTokens;
    private long _completionTokens;
    private long _steps;

    /// <summary>Starts the engine.</summary>
    /// <param name="model">The model, which other code may use at the same time.</param>
    /// <param name="slots">The most completions at a time, 1 or more.</param>
    /// <param name="queueLimit">The most requests that wait for a slot, 0 or more.</param>
    public CompletionEngine(AsftTransformer model, int slots, int queueLimit)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfLessThan(slots, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(queueLimit);
        (_model, _slots, _queueLimit) = (model, slots, queueLimit);
        _ends = model.Use(loaded => StopCriteria.Of(loaded, model.Encoder));
        _thread = new Thread(Work) { IsBackground = true, Name = "asft completions" };
        _thread.Start();
    }

    /// <summary>Gets the maximum number of completions at a time, which is also the maximum of a request.</summary>
    public int Slots => _slots;

    /// <summary>Gets counts of current and past work.</summary>
    public EngineCounts Counts
    {
        get
        {
            lock (_gate)
            {
                return new EngineCounts(
                    _waiting.Count, _running.Sum(stream => stream.Samples.Count(sample => sample.FinishReason is null)),
                    Interlocked.Read(ref _promptTokens), Interlocked.Read(ref _completionTokens), Interlocked.Read(ref _steps));
            }
        }
    }

    /// <summary>Requests completions.</summary>
    /// <param name="request">What to complete.</param>
    /// <returns>The completions, to be disposed; <see langword="null"/> if too many requests are waiting.</returns>
    /// <exception cref="ArgumentException">The request needs more completions than there are slots.</exception>
    public CompletionStream? TrySubmit(CompletionRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Samples > _slots)
        {
            throw new ArgumentException(
                $"The request needs {request.Samples} completions, but at most {_slots} run at a time. Ask for fewer.", nameof(request));
        }

        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopping, this);
            while (_waiting.TryPeek(out var first) && first.Abandoned.IsCancellationRequested)
            {
                _waiting.Dequeue();
            }

            if (_waiting.Count >= _queueLimit && !HasRoomNow(request))
            {
                return null;
            }

            var stream = new CompletionStream(request, _ends);
            _waiting.Enqueue(stream);
            _wake.Release();
            return stream;
        }
    }

    /// <summary>Stops, and ends every request with an error.</summary>
    public void Dispose()
    {
        _stopping = true;
        _wake.Release();
        _thread.Join();
    }

    // With an empty queue, a request that can start immediately never counts as waiting.
    private bool HasRoomNow(CompletionRequest request) => _waiting.Count == 0 && Taken() + request.Samples <= _slots;

    private int Taken() => _running.Sum(stream => stream.Samples.Count(sample => sample.FinishReason is null));

    private void Work()
    {
        DecodingBatch? batch = null;
        try
        {
            while (!_stopping)
            {
                if (!HasWork())
                {
                    _wake.Wait();
                    continue;
                }

                try
                {
                    _model.Use(loaded =>
                    {
                        batch ??= new DecodingBatch(loaded.Model);
                        Advance(batch);
                        return true;
                    });
                }
                catch (ObjectDisposedException)
                {
                    return;   // the model was closed
                }
                catch (Exception error)
                {
                    // The error ends these completions; the engine continues with the next ones.
                    batch?.Dispose();
                    batch = null;
                    EndAll(_running, error);
                }
            }
        }
        finally
        {
            batch?.Dispose();
            lock (_gate)
            {
                _stopping = true;
                var stopped = new ObjectDisposedException(nameof(CompletionEngine), "The model was closed.");
                EndAll(_running, stopped);
                EndAll([.. _waiting], stopped);
                _waiting.Clear();
            }
        }
    }

    private bool HasWork()
    {
        lock (_gate)
        {
            return _waiting.Count > 0 || _running.Count > 0;
        }
    }

    private void Advance(DecodingBatch batch)
    {
        DropAbandoned(batch);
        if (NextToJoin() is { } stream)
        {
            Join(batch, stream);
        }
        else if (batch.Running.Count > 0)
        {
            // Counted before the callers see the tokens.
            Interlocked.Add(ref _completionTokens, batch.Running.Count);
            Interlocked.Increment(ref _steps);
            batch.Step();
        }

        DropFinished();
    }

    private CompletionStream? NextToJoin()
    {
        lock (_gate)
        {
            while (_waiting.TryPeek(out var next) && (next.Abandoned.IsCancellationRequested || Taken() + next.Samples.Count <= _slots))
            {
                _waiting.Dequeue();
                if (!next.Abandoned.IsCancellationRequested)
                {
                    _running.Add(next);
                    return next;
                }
            }

            return null;
        }
    }

    private void Join(DecodingBatch batch, CompletionStream stream)
    {
        try
        {
            Interlocked.Add(ref _promptTokens, stream.Request.Prompt.Count);
            Interlocked.Add(ref _completionTokens, stream.Samples.Count);
            batch.Join(stream.Samples, stream.Abandoned);
        }
        catch (Exception error)
        {
            // Cancelled, or a prompt that the model cannot process: the other requests are not affected.
            batch.Leave(sequence => stream.Samples.Contains(sequence));
            stream.Complete(error);
            Remove(stream);
        }
    }

    private void DropAbandoned(DecodingBatch batch)
    {
        foreach (var stream in _running.Where(stream => stream.Abandoned.IsCancellationRequested).ToArray())
        {
            batch.Leave(sequence => stream.Samples.Contains(sequence));
            Remove(stream);
        }
    }

    private void DropFinished()
    {
        foreach (var stream in _running.Where(stream => stream.Samples.All(sample => sample.FinishReason is not null)).ToArray())
        {
            stream.Complete();
            Remove(stream);
        }
    }

    private void Remove(CompletionStream stream)
    {
        lock (_gate)
        {
            _running.Remove(stream);
        }
    }

    private void EndAll(List<CompletionStream> streams, Exception error)
    {
        lock (_gate)
        {
            foreach (var stream in streams)
            {
                stream.Complete(error);
            }

            streams.Clear();
        }
    }
}
