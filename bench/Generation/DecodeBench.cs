using Microsoft.ML.Asft.Training.Distributed;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Bench;

/// <summary>Tokens a second at several batch sizes, and the weights read for them against the bandwidth of copying memory.</summary>
internal static class DecodeBench
{
    private const int Tokens = 32;
    private const int Runs = 5;
    private const long CopyBytes = 256L << 20;

    public static void Run(AsftTransformer model)
    {
        using var noGrad = no_grad();
        using var source = ones(CopyBytes / sizeof(float));
        using var target = zeros(CopyBytes / sizeof(float));
        int[] batches = [1, 8, 16];
        Action[] works = [() => target.copy_(source), .. batches.SelectMany(b => new Action[] { () => Complete(model, b, 1), () => Complete(model, b, 1 + Tokens) })];
        double[][] seconds = Timing.ByTurns(Runs, works);

        double weights = model.Model.named_parameters().Sum(p => (double)p.parameter.numel() * p.parameter.element_size());
        double[] copy = [.. seconds[0].Select(s => 2 * CopyBytes / s)];           // read and written
        Console.WriteLine($"copy: {Timing.Median(copy) / 1e9:F1} GB/s, read and written; weights: {weights / 1e6:F0} MB");
        double[]? single = null;
        for (int i = 0; i < batches.Length; i++)
        {
            int b = batches[i];
            double[] step = [.. seconds[2 + (2 * i)].Zip(seconds[1 + (2 * i)], (all, prompts) => (all - prompts) / Tokens)];
            single ??= step;
            Console.WriteLine(
                $"batch {b}: {Timing.Median(step) * 1e3:F1} ms a token, {b / Timing.Median(step):F0} tokens/s, "
                + $"{Timing.Median(step.Zip(single, (s, one) => b * one / s)):F1} × batch 1, "
                + $"weights at {100 * Timing.Median(step.Zip(copy, (s, c) => weights / s / c)):F0} % of copy");
        }
    }

    private static void Complete(AsftTransformer model, int batch, int tokens)
    {
        (model.Options.Generation.BatchSize, model.Options.Generation.MaxNewTokens) = (batch, tokens);
        var completions = model.Complete([.. Enumerable.Range(0, batch).Select(i => $"The {i + 1}. of some prompts")]);
        if (completions.Any(c => c.TokenIds.Count != tokens))
        {
            throw new InvalidOperationException("A completion ended early; give a model that goes on.");
        }
    }
}
