using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.References;
using Microsoft.ML.Asft.Training;
using Microsoft.ML.Asft.Training.Optimization;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Bench.Gpu;

/// <summary>
/// The autograd executor against PyTorch's committed numbers (test/reference/make_golden.sh), for a model of every family: the losses of four
/// objectives and the norm of the adapters' gradient. In bfloat16 only the losses, for which there are such numbers.
/// </summary>
internal static class GoldenParity
{
    private const double KlWeight = 0.05;

    private static readonly (string Name, AsftObjective Objective)[] Objectives =
        [("sft", AsftObjective.Sft), ("dft", AsftObjective.Dft), ("sft+kl", AsftObjective.SftKl), ("asft", AsftObjective.Asft)];

    public static object Run(Device device, ScalarType dtype, string folder)
    {
        var examples = Rows.Read(Path.Combine(folder, "encoded.jsonl"));
        var distances = new Dictionary<string, double>();
        foreach (string model in Directory.EnumerateFiles(folder, "golden.json", SearchOption.AllDirectories).Select(path => Path.GetDirectoryName(path)!).Order())
        {
            distances[Path.GetFileName(model)] = Distance(model, examples, dtype, device);
        }

        return new { models = distances.Count, worst = distances.MaxBy(pair => pair.Value).Key, distance = distances.Values.Max(), distances };
    }

    // The largest relative difference of a model's numbers.
    private static double Distance(string folder, IReadOnlyList<EncodedExample> examples, ScalarType dtype, Device device)
    {
        using var scope = NewDisposeScope();
        bool isExact = dtype == ScalarType.Float32;
        var expected = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "golden.json")))![isExact ? "score_forward" : "score_bf16"]!;
        using var model = DecoderLoader.Load(folder, dtype, device);
        model.eval();
        var adapters = AdapterSet.Load(model, Path.Combine(folder, "adapter"));
        using var parameters = new FlatParameters(adapters.Parameters);
        using var runner = new AutogradBatchRunner(model, recompute: false);
        using var reference = new AdapterOffReference(model, runner);
        using var batch = new TrainingBatch(examples, device);
        long tokens = batch.Labels.numel();
        var anchor = (reference.HiddenStates(batch), reference.HeadWeight);
        double worst = 0;
        foreach (var (name, objective) in Objectives)
        {
            using var head = new AnchoredHead(AnchoredObjective.For(objective, KlWeight, KlDirection.Forward), model.LogitTransform);
            var result = head.Evaluate(runner.Forward(batch), model.HeadWeight, batch.Labels, head.NeedsReference ? anchor : null, 1.0 / tokens);
            worst = Math.Max(worst, Relative((double)expected[name]!, result.Sums.Loss / tokens));
            runner.Backward(result.HiddenGradient!, parameters);
            if (isExact && objective == AsftObjective.Asft)
            {
                worst = Math.Max(worst, Relative((double)expected["asft_grad_norm"]!, parameters.GradientNorm()));
            }

            parameters.ClearGradients();
        }

        return worst;
    }

    private static double Relative(double expected, double actual) => Math.Abs(actual - expected) / Math.Abs(expected);
}
