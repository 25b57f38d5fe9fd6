using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Options;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Bench.Training;

/// <summary>The anchored head alone: 512 labelled tokens of width 576 in bfloat16, loss and gradient.</summary>
internal static class HeadBench
{
    private const int Tokens = 512;
    private const int Width = 576;

    public static void Run()
    {
        // The runtime compiles the kernels for good once they have run some thirty times.
        for (int i = 0; i < 10; i++)
        {
            _ = Measure(4096);
        }

        Console.WriteLine($"{get_num_threads()} threads, {Tokens} tokens, width {Width}, bfloat16");
        Console.WriteLine("| vocabulary | asft, ms | ns a token and 1,000 words | sft, ms | asft / sft |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (int vocabulary in new[] { 4096, 16384, 49152, 151936 })
        {
            var (asft, sft) = Measure(vocabulary);
            Console.WriteLine($"| {vocabulary} | {asft:F1} | {asft * 1e6 / Tokens / vocabulary * 1000:F0} | {sft:F1} | {asft / sft:F2} |");
        }
    }

    private static (double Asft, double Sft) Measure(int vocabulary)
    {
        using var scope = NewDisposeScope();
        Tensor Normal(params long[] shape) => randn(shape).mul_(0.05).to_type(ScalarType.BFloat16);
        var (hidden, reference, head) = (Normal(Tokens, Width), Normal(Tokens, Width), Normal(vocabulary, Width));
        var labels = arange(Tokens, ScalarType.Int64);
        return (Time(AsftObjective.Asft, anchored: true), Time(AsftObjective.Sft, anchored: false));

        double Time(AsftObjective objective, bool anchored)
        {
            using var evaluated = new AnchoredHead(AnchoredObjective.For(objective, 0.05, KlDirection.Forward));
            return Clock.Milliseconds(7, () =>
            {
                using var inner = NewDisposeScope();
                evaluated.Evaluate(hidden, head, labels, anchored ? (reference, head) : null, 1.0 / Tokens);
            });
        }
    }
}
