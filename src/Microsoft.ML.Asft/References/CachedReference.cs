using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Training;
using Microsoft.ML.Asft.Training.Distributed;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.References;

/// <summary>
/// The reference never changes, so its hidden states at labelled positions are computed once for each example, before the
/// first step, by the model that is about to be trained. From then on an anchored step costs what a plain one costs, and
/// training every parameter needs no second model.
/// </summary>
internal sealed class CachedReference : IReferenceModel
{
    private readonly Dictionary<EncodedExample, (long Start, long Count)> _places = new(ReferenceEqualityComparer.Instance);
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

    /// <summary>How many bytes the cache of some examples takes.</summary>
    public static long SizeOf(IEnumerable<EncodedExample> examples, CausalLanguageModel model) =>
        examples.Sum(example => (long)TrainingBatch.LabelCount(example)) * model.HeadWeight.shape[1] * model.HeadWeight.ElementSize;

    /// <summary>Computes what the store does not have yet.</summary>
    /// <param name="reference">Where the hidden states come from: the model as it is before the first step.</param>
    /// <param name="model">The model. It stays its owner's.</param>
    /// <param name="groups">Every example that will be asked for. No group changes what is computed for another.</param>
    /// <param name="store">Where they are kept. It is taken over.</param>
    /// <param name="headIsTrained">Whether the head will change, so that a copy of it is needed.</param>
    /// <param name="options">The batch size and the token that stops it.</param>
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

    public Tensor HiddenStates(TrainingBatch batch)
    {
        using var noGrad = no_grad();
        var states = empty([batch.Labels.numel(), _head.shape[1]], _dtype);
        long row = 0;
        foreach (var example in batch.Examples)
        {
            var (start, count) = _places[example];
            _store.Rows(start, count).CopyTo(states.narrow(0, row, count).bytes);
            row += count;
        }

        return states.to(_device);
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
            if (_places.TryAdd(example, (total, count)))
            {
                total += count;
            }
        }

        if (_store.IsComplete)
        {
            return;
        }

        // Worker r computes batches r, r + N, r + 2N, …, and every worker keeps all results.
        var workers = options.Runtime.WorkerGroup;
        var batches = groups.SelectMany(group => group.OrderBy(example => example.InputIds.Length).Chunk(options.BatchSize));
        foreach (var round in batches.Chunk(workers.Size))
        {
            workers.ThrowIfCancelled(options.CancellationToken);
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            var own = round.ElementAtOrDefault(workers.Rank) is { } rows ? reference.HiddenStates(new TrainingBatch(rows, _device)).cpu() : null;
            for (int worker = 0; worker < round.Length; worker++)
            {
                long row = 0;
                foreach (var example in round[worker])
                {
                    var (start, count) = _places[example];
                    var kept = _store.Target(start, count);
                    if (worker == workers.Rank)
                    {
                        own!.narrow(0, row, count).bytes.CopyTo(kept);
                    }

                    workers.Broadcast(kept, worker);
                    row += count;
                }
            }
        }

        workers.RunOnAll(_store.Complete);
    }
}
