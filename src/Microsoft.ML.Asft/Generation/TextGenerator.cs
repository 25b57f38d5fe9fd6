using Microsoft.ML.Asft.Modeling;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Generation;

/// <summary>
/// Completes batches of prompts: the whole prompts in one forward pass, then one pass a token for all that are still
/// going on. Shorter prompts are padded on the left, and finished ones leave the batch.
/// </summary>
internal sealed class TextGenerator(CausalLanguageModel model, IReadOnlySet<int> stopTokens)
{
    /// <summary>Completes prompts.</summary>
    /// <param name="prompts">Token ids of each prompt, one at least.</param>
    /// <param name="maxNewTokens">The most tokens that each gets.</param>
    /// <param name="cancellationToken">Looked at before each token.</param>
    /// <returns>The new tokens of each prompt, in the order of the prompts, and why they ended.</returns>
    public IReadOnlyList<(int[] TokenIds, FinishReason Reason)> Generate(
        IReadOnlyList<IReadOnlyList<int>> prompts, int maxNewTokens, CancellationToken cancellationToken = default)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var device = model.HeadWeight.device;
        var completions = prompts.Select(_ => new List<int>()).ToArray();
        int[] running = [.. Enumerable.Range(0, prompts.Count)];                  // the prompt of each row
        int length = prompts.Max(p => p.Count);
        bool padded = prompts.Any(p => p.Count < length);
        var batch = new DecodingBatch(LeftPadded(prompts, length, device), padded ? LeftMask(prompts, length, device) : null);
        using var cache = model.CreateCache(prompts.Count, length + maxNewTokens);
        for (int produced = 0; produced < maxNewTokens; produced++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var stepScope = NewDisposeScope();
            var next = NextTokens(batch, cache);                                  // (B)
            long[] ids = next.cpu().data<long>().ToArray();
            for (int row = 0; row < ids.Length; row++)
            {
                if (!stopTokens.Contains((int)ids[row]))
                {
                    completions[running[row]].Add((int)ids[row]);
                }
            }

            long[] kept = [.. Enumerable.Range(0, ids.Length).Where(row => !stopTokens.Contains((int)ids[row])).Select(row => (long)row)];
            if (kept.Length == 0)
            {
                running = [];
                break;
            }

            batch = batch.Extend(next);
            if (kept.Length < ids.Length)
            {
                running = [.. kept.Select(row => running[row])];
                var rows = tensor(kept, ScalarType.Int64, device);
                batch = batch.Select(rows);
                cache?.Select(rows);
            }

            batch.MoveToOuterDisposeScope();
        }

        var unfinished = running.ToHashSet();
        return [.. completions.Select((ids, i) => (ids.ToArray(), unfinished.Contains(i) ? FinishReason.Length : FinishReason.Stop))];
    }

    // With a cache only what it has not seen goes through the model.
    private Tensor NextTokens(DecodingBatch batch, KeyValueCache? cache)
    {
        int seen = cache?.Length ?? 0;
        var hidden = model.Forward(batch.InputIds.narrow(1, seen, batch.InputIds.shape[1] - seen), batch.Mask, cache);
        var last = hidden.narrow(1, hidden.shape[1] - 1, 1).squeeze(1);           // (B, H)
        return last.mm(model.HeadWeight.t()).argmax(1);
    }

    private static Tensor LeftPadded(IReadOnlyList<IReadOnlyList<int>> prompts, int length, Device device)
    {
        long[] ids = new long[prompts.Count * length];
        for (int row = 0; row < prompts.Count; row++)
        {
            int padding = length - prompts[row].Count;
            for (int i = 0; i < prompts[row].Count; i++)
            {
                ids[(row * length) + padding + i] = prompts[row][i];
            }
        }

        return tensor(ids, [prompts.Count, length], ScalarType.Int64, device);
    }

    private static Tensor LeftMask(IReadOnlyList<IReadOnlyList<int>> prompts, int length, Device device)
    {
        long[] mask = [.. prompts.SelectMany(p => Enumerable.Range(0, length).Select(i => i < length - p.Count ? 0L : 1L))];
        return tensor(mask, [prompts.Count, length], ScalarType.Int64, device);
    }

    /// <summary>The sequences so far, (B, T), and which of their positions are not padding; no mask where nothing is padded.</summary>
    private readonly record struct DecodingBatch(Tensor InputIds, Tensor? Mask)
    {
        public DecodingBatch Extend(Tensor next) => new(
            cat([InputIds, next.unsqueeze(1)], 1),
            Mask is null ? null : cat([Mask, ones_like(next).unsqueeze(1)], 1));

        public DecodingBatch Select(Tensor rows) => new(InputIds.index_select(0, rows), Mask?.index_select(0, rows));

        public void MoveToOuterDisposeScope()
        {
            InputIds.MoveToOuterDisposeScope();
            Mask?.MoveToOuterDisposeScope();
        }
    }
}
