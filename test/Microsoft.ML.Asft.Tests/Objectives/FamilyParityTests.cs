using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.References;
using Microsoft.ML.Asft.Tests.Support;
using Microsoft.ML.Asft.Training;
using Microsoft.ML.Asft.Training.Optimization;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Objectives;

/// <summary>What sets a family apart, trait by trait and weight by weight, against the PyTorch reference.</summary>
public class FamilyParityTests
{
    private static readonly string[] Losses = ["sft", "dft", "sft+kl", "asft"];

    public static TheoryData<string> ModelsWithTraits =>
        [.. Golden.Models.Where(model => File.Exists(Path.Combine(Golden.Folder, model, "traits.json")))];

    public static TheoryData<string, bool> ModelsAndExecutors()
    {
        var data = new TheoryData<string, bool>();
        foreach (string model in Golden.Models.Where(model => Golden.Numbers(model)["score_forward"]!["asft_weight_grad_norms"] is not null))
        {
            data.Add(model, true);
            data.Add(model, false);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(ModelsWithTraits))]
    public void The_losses_are_those_with_every_trait_and_with_none_left_out(string model)
    {
        using var scope = NewDisposeScope();
        var traits = JsonNode.Parse(File.ReadAllText(Path.Combine(Golden.Folder, model, "traits.json")))!;
        var loaded = Golden.Load(model);
        using var owned = loaded.Model;
        var metrics = new ModelEvaluator(loaded, new AsftOptions()).Evaluate(Golden.Examples);
        double[] actual = [metrics.Sft, metrics.Dft, metrics.SftKl, metrics.Asft];

        Assert.True(Distance(traits["all"]!, actual) <= 1e-5, $"The losses are {Distance(traits["all"]!, actual)} away from those with every trait.");
        Assert.All(traits["without"]!.AsObject(), trait =>
            Assert.True(Distance(trait.Value!, actual) >= 1e-4, $"The losses are {Distance(trait.Value!, actual)} away from those without {trait.Key}."));
    }

    [Theory]
    [MemberData(nameof(ModelsAndExecutors))]
    public void The_gradient_of_every_weight_has_the_norm_that_it_has_in_PyTorch(string model, bool onCpuExecutor)
    {
        using var scope = NewDisposeScope();
        var expected = Golden.Numbers(model)["score_forward"]!["asft_weight_grad_norms"]!.AsObject();
        var loaded = Golden.Load(model);
        using var decoder = (Decoder)loaded.Model;
        var options = new AsftOptions { MaxSteps = 1, BatchSize = 12, Batches = { Order = BatchOrder.Sequential } };
        using BatchRunner runner = onCpuExecutor ? new CpuBatchRunner(decoder, recompute: false) : new AutogradBatchRunner(decoder, recompute: false);
        using var reference = ReferenceModelFactory.For(loaded, runner, options);
        using var parameters = new FlatParameters(decoder.named_parameters()
            .Where(parameter => !parameter.name.Contains(".lora_", StringComparison.Ordinal)).Select(p => (p.name, p.parameter)));
        using var updater = new ParameterUpdater(parameters, options.Optimizer);
        using var head = new AnchoredHead(AnchoredObjective.For(options.Objective, options.KlWeight, options.Loss.KlDirection), decoder.LogitTransform);
        var plan = new BatchPlan(Golden.Examples.Select(e => e.InputIds.Length), 12, 12, BatchOrder.Sequential, seed: 1);
        new Trainer(decoder, runner, head, reference, parameters, updater, Golden.Examples, plan, 1, options, seed: 1)
            .AddGradients(plan.From(0).First(), step: 0);

        var actual = parameters.Tensors(parameters.Gradients).ToDictionary(
            tensor => tensor.Name, tensor => tensor.Read().to_type(ScalarType.Float64).norm().item<double>());
        Assert.Equal(expected.Count, actual.Count);
        Assert.All(expected, weight =>
        {
            double found = actual[actual.ContainsKey(weight.Key) ? weight.Key : PlainName(weight.Key)];
            Assert.True(Math.Abs(found - (double)weight.Value!) <= 1e-5 * (double)weight.Value!, $"{weight.Key}: expected {weight.Value}, found {found}.");
        });
    }

    // The largest difference of the four losses, relative to each.
    private static double Distance(JsonNode expected, double[] actual) =>
        Losses.Zip(actual).Max(loss => Math.Abs((double)expected[loss.First]! - loss.Second) / Math.Abs((double)expected[loss.First]!));

    private static string PlainName(string name) => name.Replace("language_model.", "", StringComparison.Ordinal);
}
