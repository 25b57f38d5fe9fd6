using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Native;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Training;
using Microsoft.ML.Asft.Training.Distributed;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.References;

/// <summary>
/// Caches the reference's hidden states. The reference never changes, so they are computed once for each example, at the labelled positions,
/// before the first step and by the model that is then trained. After that a step with an anchor costs as much as a step without one, and
/// training every parameter needs no second model.
/// </summary>
internal sealed class CachedReference : IReferenceModel
{
    private readonly Dictionary<EncodedExample, (long Start, long Count)> _rowRanges = new(ReferenceEqualityComparer.Instance);
    private readonly HiddenStateStore _store;
    private readonly Tensor _head;
    private readonly bool _ownsHead;
    private readonly ScalarType _dtype;
    private readonly Device _device;

    private CachedReference(CausalLanguageModel model, HiddenStateStore store, bool headIsTrained)
    {
        _store = store;
        (_dtype, _device) = (model.HeadWeight.dtype, model.HeadWeight.device);
        _ownsHead = headIsTrained;
        LogitTransform = model.LogitTransform;
        using var noGrad = no_grad();
        _head = headIsTrained ? model.HeadWeight.detach().clone().DetachFromDisposeScope() : model.HeadWeight;
    }

    public Tensor HeadWeight => _head;

    public LogitTransform LogitTransform { get; }

    /// <summary>The size in bytes of a cache for these examples.</summary>
    public static long SizeOf(IEnumerable<EncodedExample> examples, CausalLanguageModel model) =>
        examples.Sum(example => (long)TrainingBatch.LabelCount(example)) * model.HeadWeight.shape[1] * model.HeadWeight.ElementSize;

    /// <summary>Creates the cache and computes all its rows, unless the store has them already.</summary>
    /// <param name="reference">Computes the hidden states: the model as it is before the first step.</param>
    /// <param name="model">The model. The caller still owns it.</param>
    /// <param name="groups">Every example that will be used. Batches never mix groups, so no group changes the results of another.</param>
    /// <param name="store">Receives the hidden states. The cache owns it from now on.</param>
    /// <param name="headIsTrained">Whether training changes the head, so that the cache needs a copy of it.</param>
    /// <param name="options">The batch size, the workers and the cancellation token.</param>
    public static CachedReference Fill(
        IReferenceModel reference, CausalLanguageModel model, IReadOnlyList<EncodedExample>[] groups, HiddenStateStore store,
        bool headIsTrained, AsftOptions options)
    {
        var cache = new CachedReference(model, store, headIsTrained);
        try
        {
            cache.Fill(reference, groups, options);
            return cache;
        }
        catch
        {
            cache.Dispose();
            throw;
        }
    }

    public void Prepare(TrainingBatch batch) => batch.ReferenceStates(() => Load(batch));

    public Tensor HiddenStates(TrainingBatch batch) => batch.ReferenceStates(() => Load(batch)).alias();

    private Tensor Load(TrainingBatch batch)
    {
        using var noGrad = no_grad();
        var states = empty([batch.Labels.numel(), _head.shape[1]], _dtype);
        long row = 0;
        foreach (var example in batch.Examples)
        {
            var (start, count) = _rowRanges[example];
            _store.Rows(start, count).CopyTo(states.narrow(0, row, count).bytes);
            row += count;
        }

        return DeviceTransfer.Send(states, _device);
    }

    public void Dispose()
    {
        _store.Dispose();
        if (_ownsHead)
        {
            _head.Dispose();
        }
    }

    private void Fill(IReferenceModel reference, IReadOnlyList<EncodedExample>[] groups, AsftOptions options)
    {
        long total = 0;
        foreach (var example in groups.SelectMany(group => group))
        {
            long count = TrainingBatch.LabelCount(example);
            if (_rowRanges.TryAdd(example, (total, count)))
            {
                total += count;
            }
        }

        if (_store.IsComplete)
        {
            return;
        }

        // Worker r of N computes batches r, r + N, r + 2N, …, and every worker stores all results.
        var workers = options.Runtime.WorkerGroup;
        var batches = groups.SelectMany(group => group.OrderBy(example => example.InputIds.Length).Chunk(options.BatchSize));
        foreach (var round in batches.Chunk(workers.Size))
        {
            workers.ThrowIfCancelled(options.CancellationToken);
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            using var batch = round.ElementAtOrDefault(workers.Rank) is { } rows ? new TrainingBatch(rows, _device) : null;
            var own = batch is null ? null : reference.HiddenStates(batch).cpu();
            for (int worker = 0; worker < round.Length; worker++)
            {
                long row = 0;
                foreach (var example in round[worker])
                {
                    var (start, count) = _rowRanges[example];
                    var target = _store.WriteBuffer(start, count);
                    if (worker == workers.Rank)
                    {
                        own!.narrow(0, row, count).bytes.CopyTo(target);
                    }

                    workers.Broadcast(target, worker);
                    row += count;
                }
            }
        }

        workers.RunOnAll(_store.Complete);
    }
}
