using Microsoft.ML.Asft.Modeling;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Evaluation;

/// <summary>Draws completions of one prompt side by side, each by its own seed.</summary>
internal sealed class TemperatureSampler(CausalLanguageModel model, IReadOnlySet<int> stops, double temperature)
{
    public IReadOnlyList<int[]> Draw(IReadOnlyList<int> prompt, int[] seeds, int maxNewTokens, CancellationToken cancellationToken)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var device = model.HeadWeight.device;
        Random[] randoms = [.. seeds.Select(seed => new Random(seed))];
        var drawn = seeds.Select(_ => new List<int>()).ToArray();
        int[] running = [.. Enumerable.Range(0, seeds.Length)];
        using var cache = model.CreateCache(seeds.Length, prompt.Count + maxNewTokens)
            ?? throw new NotSupportedException("The model has no cache, without which sampling is not done.");
        long[] input = [.. seeds.SelectMany(_ => prompt.Select(id => (long)id))];
        for (int produced = 0; produced < maxNewTokens && running.Length > 0; produced++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var stepScope = NewDisposeScope();
            var hidden = model.Forward(
                tensor(input, [running.Length, input.Length / running.Length], ScalarType.Int64, device), cache: cache);
            var last = hidden.narrow(1, hidden.shape[1] - 1, 1).squeeze(1);       // (B, H)
            var cumulative = last.mm(model.HeadWeight.t()).to_type(ScalarType.Float32).div(temperature).softmax(1).cumsum(1).cpu();
            var uniform = tensor([.. running.Select(row => (float)randoms[row].NextDouble())], [running.Length, 1]);
            long[] tokens = [.. cumulative.le(uniform).sum(1).data<long>().ToArray().Select(id => Math.Min(id, cumulative.shape[1] - 1))];
            long[] kept = [.. Enumerable.Range(0, tokens.Length).Where(row => !stops.Contains((int)tokens[row])).Select(row => (long)row)];
            foreach (long row in kept)
            {
                drawn[running[row]].Add((int)tokens[row]);
            }

            if (kept.Length < tokens.Length && kept.Length > 0)
            {
                cache.Select(tensor(kept, ScalarType.Int64, device));
            }

            running = [.. kept.Select(row => running[row])];
            input = [.. kept.Select(row => tokens[row])];
        }

        return [.. drawn.Select(ids => ids.ToArray())];
    }
}
