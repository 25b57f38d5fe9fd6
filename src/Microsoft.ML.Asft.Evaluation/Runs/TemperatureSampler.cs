using Microsoft.ML.Asft.Modeling;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Evaluation;

/// <summary>
/// Draws completions side by side, each by its own seed. Shorter prompts are padded on the left, and finished completions leave the batch.
/// </summary>
internal sealed class TemperatureSampler(CausalLanguageModel model, IReadOnlySet<int> stops, double temperature)
{
    public IReadOnlyList<int[]> Draw(
        IReadOnlyList<(IReadOnlyList<int> Prompt, int Seed)> rows, int maxNewTokens, CancellationToken cancellationToken)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Random[] randoms = [.. rows.Select(row => new Random(row.Seed))];
        var drawn = rows.Select(_ => new List<int>()).ToArray();
        int[] running = [.. Enumerable.Range(0, rows.Count)];
        int longest = rows.Max(row => row.Prompt.Count);
        using var cache = model.CreateCache(rows.Count, longest + maxNewTokens)
            ?? throw new NotSupportedException("The model has no cache of keys and values, without which completions are not sampled.");
        long[][] input = [.. rows.Select(
            row => Enumerable.Repeat(0L, longest - row.Prompt.Count).Concat(row.Prompt.Select(id => (long)id)).ToArray())];
        List<long>[] masks = [.. rows.Select(
            row => Enumerable.Range(0, longest).Select(i => i < longest - row.Prompt.Count ? 0L : 1L).ToList())];
        for (int produced = 0; produced < maxNewTokens && running.Length > 0; produced++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var stepScope = NewDisposeScope();
            long[] tokens = Next(input, masks, cache, running, randoms);
            int[] kept = [.. Enumerable.Range(0, tokens.Length).Where(row => !stops.Contains((int)tokens[row]))];
            foreach (int row in kept)
            {
                drawn[running[row]].Add((int)tokens[row]);
                masks[row].Add(1);
            }

            if (kept.Length < tokens.Length && kept.Length > 0)
            {
                cache.Select(tensor([.. kept.Select(row => (long)row)], ScalarType.Int64, model.HeadWeight.device));
            }

            masks = [.. kept.Select(row => masks[row])];
            running = [.. kept.Select(row => running[row])];
            input = [.. kept.Select(row => new[] { tokens[row] })];
        }

        return [.. drawn.Select(ids => ids.ToArray())];
    }

    // The first token whose cumulative probability is above a number drawn from 0 to 1.
    private long[] Next(long[][] input, List<long>[] masks, KeyValueCache cache, int[] running, Random[] randoms)
    {
        var device = model.HeadWeight.device;
        var ids = tensor([.. input.SelectMany(row => row)], [input.Length, input[0].Length], ScalarType.Int64, device);
        var mask = masks.Any(row => row[0] == 0)
            ? tensor([.. masks.SelectMany(row => row)], [masks.Length, masks[0].Count], ScalarType.Int64, device)
            : null;
        var hidden = model.Forward(ids, mask, cache);
        var last = hidden.narrow(1, hidden.shape[1] - 1, 1).squeeze(1);           // (B, H)
        var cumulative = last.mm(model.HeadWeight.t()).to_type(ScalarType.Float32).div(temperature).softmax(1).cumsum(1).cpu();
        var uniform = tensor([.. running.Select(row => (float)randoms[row].NextDouble())], [running.Length, 1]);
        return [.. cumulative.le(uniform).sum(1).data<long>().ToArray().Select(id => Math.Min(id, cumulative.shape[1] - 1))];
    }
}
