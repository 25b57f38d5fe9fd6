namespace Microsoft.ML.Asft.Training;

/// <summary>
/// Makes the batches of a run. The next batch can be made ahead, while the device still computes the current one: its operations are only queued when the
/// host has called them. A batch is the same whether it was made ahead or not.
/// </summary>
/// <param name="make">Makes the batch of a step from the numbers of its rows.</param>
/// <param name="prepare">Makes the tensors that the passes over a batch will read.</param>
internal sealed class BatchPrefetcher(Func<int, int[], TrainingBatch> make, Action<TrainingBatch> prepare) : IDisposable
{
    private (int Step, int[] Rows, TrainingBatch Batch)? _next;

    /// <summary>Gets the number of batches that <see cref="Take"/> returned and that had been made ahead.</summary>
    public int MadeAhead { get; private set; }

    /// <summary>Makes a batch and its tensors ahead. It replaces one that was not taken.</summary>
    /// <param name="step">The optimizer step.</param>
    /// <param name="rows">The numbers of its rows.</param>
    public void Prefetch(int step, int[] rows)
    {
        Dispose();
        var batch = make(step, rows);
        prepare(batch);
        _next = (step, rows, batch);
    }

    /// <summary>Returns a batch, which the caller owns.</summary>
    /// <param name="step">The optimizer step.</param>
    /// <param name="rows">The numbers of its rows.</param>
    public TrainingBatch Take(int step, int[] rows)
    {
        if (_next is { } next && next.Step == step && next.Rows.AsSpan().SequenceEqual(rows))
        {
            _next = null;
            MadeAhead++;
            return next.Batch;
        }

        return make(step, rows);
    }

    public void Dispose()
    {
        _next?.Batch.Dispose();
        _next = null;
    }
}
