using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Bench;

/// <summary>A prompt of 512 tokens against the same forward pass as training does it.</summary>
internal static class PrefillBench
{
    private const int Length = 512;
    private const int Runs = 9;

    public static void Run(AsftTransformer model)
    {
        using var ids = randint(0, model.Model.HeadWeight.shape[0], [1, Length], ScalarType.Int64);
        double[][] seconds = Timing.ByTurns(Runs, () => Prefill(model, ids), () => Train(model, ids));
        Console.WriteLine(
            $"{Length} tokens: prefill {Timing.Median(seconds[0]) * 1e3:F0} ms, forward in training mode {Timing.Median(seconds[1]) * 1e3:F0} ms, "
            + $"ratio {Timing.Median(seconds[1].Zip(seconds[0], (train, prefill) => train / prefill)):F2}");
    }

    private static void Prefill(AsftTransformer model, Tensor ids)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        model.Model.eval();
        using var cache = model.Model.CreateCache(1, Length);
        model.Model.Forward(ids, cache: cache);
    }

    private static void Train(AsftTransformer model, Tensor ids)
    {
        using var scope = NewDisposeScope();
        model.Model.train();
        model.Model.Forward(ids);
        model.Model.eval();
    }
}
