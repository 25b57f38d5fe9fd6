using Microsoft.ML.Asft.Checkpoints.Adapters;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.References;
using Microsoft.ML.Asft.Training;
using Microsoft.ML.Asft.Training.Optimization;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Bench.Training;

/// <summary>A whole asft step, 2,048 tokens of it, as rows get longer: preset 135m's layers, six of them, in bfloat16.</summary>
internal static class LengthBench
{
    private const int Tokens = 2048;
    private const int Vocabulary = 8192;
    private const int Layers = 6;

    public static void Run()
    {
        using var scope = NewDisposeScope();
        var config = ModelConfig.Create("llama", Vocabulary, 576, 1536, Layers, 9, 3);
        using var model = DecoderLoader.CreateRandom(config, seed: 1, ScalarType.BFloat16);
        var adapters = AdapterSet.AddNew(
            model, new AdapterConfig { R = 8, LoraAlpha = 16, LoraDropout = 0, TargetModules = ["q_proj", "v_proj"] }, seed: 1);
        using var parameters = new FlatParameters(adapters.Parameters);
        using var runner = BatchRunner.For(model, recompute: false);
        using var reference = new AdapterOffReference(model, runner);
        var head = new AnchoredHead(AnchoredObjective.For(AsftObjective.Asft, 0.05, KlDirection.Forward));
        Console.WriteLine($"{get_num_threads()} threads, {Tokens} tokens a step, {Layers} layers of width 576, vocabulary {Vocabulary}, bfloat16");
        Console.WriteLine("| length | ms a step | µs a token | GFLOP a step | GFLOP/s |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (int length in new[] { 128, 256, 512, 1024, 2048 })
        {
            var random = new Random(1);
            EncodedExample[] rows =
            [
                .. Enumerable.Range(0, Tokens / length).Select(_ =>
                {
                    int[] ids = [.. Enumerable.Range(0, length + 1).Select(_ => random.Next(Vocabulary))];
                    return new EncodedExample(ids, [.. ids.Select((id, i) => i <= length / 2 ? EncodedExample.IgnoreIndex : id)]);
                }),
            ];
            double time = Clock.Milliseconds(5, () =>
            {
                using var inner = NewDisposeScope();
                using var batch = new TrainingBatch(rows, CPU);
                var anchor = (reference.HiddenStates(batch), reference.HeadWeight);
                var result = head.Evaluate(runner.Forward(batch), model.HeadWeight, batch.Labels, anchor, 1.0 / Tokens);
                runner.Backward(result.HiddenGradient!, parameters);
            });
            double work = Work(length);
            Console.WriteLine($"| {length} | {time:F0} | {time * 1000 / Tokens:F0} | {work / 1e9:F0} | {work / time / 1e6:F0} |");
        }
    }

    // Multiplications and additions: three passes of projections, two of attention forward and two and a half back, the head's three.
    private static double Work(int length)
    {
        double projections = 2.0 * Layers * ((2 * 576 * 576) + (2 * 576 * 192) + (3 * 576 * 1536));
        double attention = 2.0 * Layers * 2 * 576 * (length / 2.0);
        return Tokens * ((3 * projections) + (4.5 * attention) + (0.5 * 3 * 2 * 576 * Vocabulary));
    }
}
