using System.Text.Json;
using Microsoft.ML.Asft.Export;
using Microsoft.ML.Asft.Generation;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Tokenizers;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Bench;

/// <summary>
/// Decoding and prompts against llama.cpp, with the same weights in the same width, in turns. The rate of float32 and bfloat16 products and the
/// bandwidth of copying stand beside.
/// </summary>
internal static class LlamaCppBench
{
    private const int Prompt = 8;
    private const int Steps = 24;
    private const int PromptLength = 512;
    private const int MaxSequences = 16;
    private const long CopyBytes = 256L << 20;

    /// <summary>Measures and prints a table; one line of JSON is appended to a file.</summary>
    /// <param name="model">Our model.</param>
    /// <param name="width">The name of its number format.</param>
    /// <param name="folder">The folder of the GGUF files, which are written if they are missing, and of the results.</param>
    /// <param name="rounds">The number of rounds.</param>
    public static void Run(AsftTransformer model, string width, string folder, int rounds)
    {
        string gguf = Path.Combine(folder, $"135m-{width}.gguf");
        if (!File.Exists(gguf))
        {
            model.ExportGguf(gguf, new GgufOptions
            {
                Type = width switch { "float32" => GgufType.Float32, "bfloat16" => GgufType.BFloat16, _ => GgufType.Q8_0 },
            });
        }

        using var noGrad = no_grad();
        using var peer = new LlamaCpp(gguf, MaxSequences, PromptLength);
        var rates = Machine();
        int[] batches = [1, 8, MaxSequences];
        var names = batches.Select(b => $"decode {b}").Append($"prompt {PromptLength}").ToArray();
        Func<double>[] ours = [.. batches.Select(b => (Func<double>)(() => b / StepSeconds(model.Model, model.Tokenizer, b))), () => PromptLength / PromptSeconds(model.Model, model.Tokenizer)];
        Func<double>[] theirs =
        [
            .. batches.Select(b => (Func<double>)(() => b / peer.StepSeconds(b, Prompt, Steps))), () => PromptLength / peer.PromptSeconds(PromptLength),
        ];
        double[][] own = [.. names.Select(_ => new double[rounds])], other = [.. names.Select(_ => new double[rounds])];
        for (int round = -1; round < rounds; round++)                             // round −1 warms up
        {
            for (int i = 0; i < names.Length; i++)
            {
                (double a, double b) = (ours[i](), theirs[i]());
                if (round >= 0)
                {
                    (own[i][round], other[i][round]) = (a, b);
                }
            }
        }

        Console.WriteLine($"{width}: {rates.Copy / 1e9:F1} GB/s copied (read and written), products {rates.Single / 1e9:F0} float32, {rates.Half / 1e9:F0} bfloat16 GFLOP/s");
        var results = names.Select((name, i) => new Result(
            name, Timing.Median(own[i]), Timing.Median(other[i]), Timing.Median(own[i].Zip(other[i], (a, b) => a / b)))).ToArray();
        foreach (var result in results)
        {
            Console.WriteLine($"| {width} | {result.What} | {result.Ours:F0} | {result.LlamaCpp:F0} | {result.Ratio:F2} |");
        }

        File.AppendAllText(
            Path.Combine(folder, "llamacpp.json"),
            JsonSerializer.Serialize(new { width, rounds, rates.Copy, rates.Single, rates.Half, results }) + "\n");
    }

    private static double StepSeconds(CausalLanguageModel model, Tokenizer tokenizer, int sequences)
    {
        using var batch = new DecodingBatch(model);
        var criteria = new StopCriteria(tokenizer, new HashSet<int>(), model.ContextLength);
        for (int s = 0; s < sequences; s++)
        {
            batch.Join([new DecodingSequence(
                [.. Enumerable.Range(100 + s, Prompt)], new GenerationOptions { MaxNewTokens = Steps + 4 }, SamplingSeed.Of(1), criteria)]);
        }

        batch.Step();
        batch.Step();
        return Timing.Seconds(() =>
        {
            for (int i = 0; i < Steps; i++)
            {
                batch.Step();
            }
        }) / Steps;
    }

    private static double PromptSeconds(CausalLanguageModel model, Tokenizer tokenizer)
    {
        using var batch = new DecodingBatch(model);
        var sequence = new DecodingSequence(
            [.. Enumerable.Range(100, PromptLength)], new GenerationOptions { MaxNewTokens = 4 }, SamplingSeed.Of(1),
            new StopCriteria(tokenizer, new HashSet<int>(), model.ContextLength));
        return Timing.Seconds(() => batch.Join([sequence]));
    }

    // Bytes and floating-point operations a second.
    private static (double Copy, double Single, double Half) Machine()
    {
        using var source = ones(CopyBytes / sizeof(float));
        using var target = zeros(CopyBytes / sizeof(float));
        using var a = randn(1024, 1024);
        using var b = a.to_type(ScalarType.BFloat16);
        double[][] seconds = Timing.ByTurns(5, () => target.copy_(source), () => a.mm(a).Dispose(), () => b.mm(b).Dispose());
        return (2 * CopyBytes / Timing.Median(seconds[0]), 2 * Math.Pow(1024, 3) / Timing.Median(seconds[1]), 2 * Math.Pow(1024, 3) / Timing.Median(seconds[2]));
    }

    private sealed record Result(string What, double Ours, double LlamaCpp, double Ratio);
}
