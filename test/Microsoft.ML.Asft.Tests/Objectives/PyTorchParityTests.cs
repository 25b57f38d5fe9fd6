using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.References;
using Microsoft.ML.Asft.Tests.Support;
using Microsoft.ML.Asft.Training;
using Microsoft.ML.Asft.Training.Checkpointing;
using Microsoft.ML.Asft.Training.Optimization;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Objectives;

public class PyTorchParityTests
{
    public static TheoryData<string, KlDirection> ModelsAndDirections()
    {
        var data = new TheoryData<string, KlDirection>();
        foreach (string model in Golden.Models)
        {
            data.Add(model, KlDirection.Forward);
            data.Add(model, KlDirection.Reverse);
        }

        return data;
    }

    public static TheoryData<string, AsftObjective> ModelsAndObjectives()
    {
        var data = new TheoryData<string, AsftObjective>();
        foreach (string model in Golden.Models)
        {
            foreach (var objective in new[] { AsftObjective.Sft, AsftObjective.Dft, AsftObjective.SftKl, AsftObjective.Asft })
            {
                data.Add(model, objective);
            }
        }

        return data;
    }

    // Those of objectives.json.
    public static TheoryData<string, string> ModelsAndWeights()
    {
        var data = new TheoryData<string, string>();
        foreach (var (model, objectives) in Golden.Objectives)
        {
            foreach (var (objective, _) in objectives!.AsObject())
            {
                data.Add(model, objective);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(ModelsAndWeights))]
    public void Weighted_losses_gradients_and_training_steps_are_those_of_PyTorch(string model, string name)
    {
        using var scope = NewDisposeScope();
        var expected = Golden.Objectives[model]![name]!;
        var options = Weighted(name);
        var loaded = Golden.Load(model);
        using var owned = loaded.Model;
        Close((double)expected["loss"]!, new ModelEvaluator(loaded, options).Evaluate(Golden.Examples).Loss, 1e-5);

        (options.MaxSteps, options.BatchSize) = (1, 12);
        Close((double)expected["grad_norm"]!, Train(model, options)[0].GradientNorm, 1e-5);

        options = Weighted(name);
        (options.MaxSteps, options.LearningRate, options.Optimizer.Schedule, options.Optimizer.WarmupRatio) = (20, 2e-3, LearningRateSchedule.Constant, 0);
        double[] losses = expected["losses"].Deserialize<double[]>()!;
        Assert.All(Train(model, options).Zip(losses), step => Close(step.Second, step.First.Loss, 1e-4));
    }

    // Options by the names that golden_objectives.py has for them.
    private static AsftOptions Weighted(string name)
    {
        var options = new AsftOptions { Batches = { Order = BatchOrder.Sequential } };
        (options.Objective, options.Loss.WeightClipMin, options.Loss.WeightClipMax) = name switch
        {
            "iw-sft" => (AsftObjective.IwSft, default(double?), default(double?)),
            "eaft" => (AsftObjective.Eaft, null, null),
            "asft clipped" => (AsftObjective.Asft, 0.02, 0.1),
            "iw-sft clipped" => (AsftObjective.IwSft, 0.9, 1.5),
            _ => throw new ArgumentException(name),
        };
        return options;
    }

    [Theory]
    [MemberData(nameof(ModelsAndDirections))]
    public void Losses_of_all_objectives_are_those_of_PyTorch(string model, KlDirection direction)
    {
        using var scope = NewDisposeScope();
        var expected = Golden.Numbers(model)[$"score_{direction.ToString().ToLowerInvariant()}"]!;
        var loaded = Golden.Load(model);
        using var owned = loaded.Model;
        var actual = new ModelEvaluator(loaded, new AsftOptions { Loss = { KlDirection = direction } }).Evaluate(Golden.Examples);
        Assert.Equal((long)expected["tokens"]!, actual.Tokens);
        Close((double)expected["kl"]!, actual.Kl, 1e-5);
        Close((double)expected["sft"]!, actual.Sft, 1e-5);
        Close((double)expected["dft"]!, actual.Dft, 1e-5);
        Close((double)expected["sft+kl"]!, actual.SftKl, 1e-5);
        Close((double)expected["asft"]!, actual.Asft, 1e-5);
    }

    [Theory]
    [MemberData(nameof(ModelsAndDirections))]
    public void Gradient_norm_of_the_adapters_is_that_of_PyTorch(string model, KlDirection direction)
    {
        using var scope = NewDisposeScope();
        var expected = Golden.Numbers(model)[$"score_{direction.ToString().ToLowerInvariant()}"]!;
        var options = new AsftOptions { Loss = { KlDirection = direction }, MaxSteps = 1, BatchSize = 12, Batches = { Order = BatchOrder.Sequential } };
        Close((double)expected["asft_grad_norm"]!, Train(model, options)[0].GradientNorm, 1e-5);
    }

    // So that the agreement above says something of each trait.
    [Theory]
    [InlineData("smollm3-tied", """{"no_rope_layers":[1,1,1,1]}""")]
    [InlineData("smollm3-window", """{"no_rope_layers":[1,1,1]}""")]
    [InlineData("smollm3-window", """{"use_sliding_window":false}""")]
    [InlineData("mistral", """{"sliding_window":null}""")]
    [InlineData("llama3-tied", """{"rope_scaling":null}""")]
    [InlineData("qwen2-theta", """{"rope_theta":10000.0}""")]
    public void Without_a_trait_the_losses_are_not_those_of_PyTorch(string model, string settings)
    {
        using var scope = NewDisposeScope();
        var expected = Golden.Numbers(model)["score_forward"]!;
        var loaded = Golden.Load(model, settings: JsonNode.Parse(settings)!.AsObject());
        using var owned = loaded.Model;
        var actual = new ModelEvaluator(loaded, new AsftOptions()).Evaluate(Golden.Examples);
        Assert.NotInRange(actual.Sft / (double)expected["sft"]!, 1 - 1e-3, 1 + 1e-3);
    }

    [Theory]
    [MemberData(nameof(ModelsAndObjectives))]
    public void Twenty_training_steps_follow_those_of_PyTorch(string model, AsftObjective objective)
    {
        using var scope = NewDisposeScope();
        string mode = objective == AsftObjective.SftKl ? "sft+kl" : objective.ToString().ToLowerInvariant();
        double[] expected = Golden.Numbers(model)[$"train_{mode}"]!["losses"].Deserialize<double[]>()!;
        var options = new AsftOptions
        {
            Objective = objective,
            MaxSteps = 20,
            LearningRate = 2e-3,
            Optimizer = { Schedule = LearningRateSchedule.Constant, WarmupRatio = 0 },
            Batches = { Order = BatchOrder.Sequential },
        };
        var actual = Train(model, options);
        Assert.Equal(20, actual.Count);
        Assert.All(actual.Zip(expected), step => Close(step.Second, step.First.Loss, 1e-4));
    }

    [Theory]
    [InlineData("qwen2")]
    [InlineData("llama3-tied")]
    [InlineData("mistral")]
    [InlineData("qwen3-tied")]
    [InlineData("smollm3-tied")]
    [InlineData("smollm3-window")]
    [InlineData("granite")]
    [InlineData("ministral3")]
    [InlineData("ministral3-nested")]
    [InlineData("olmo2")]
    [InlineData("olmo3")]
    [InlineData("gemma2")]
    [InlineData("gemma3")]
    [InlineData("gemma3-nested")]
    [InlineData("phi3")]
    [InlineData("phi35-long")]
    [InlineData("phi4-mini")]
    [InlineData("qwen3-moe")]
    [InlineData("qwen3-moe-mixed")]
    [InlineData("mixtral")]
    public void Bfloat16_losses_are_near_those_of_PyTorch(string model)
    {
        using var scope = NewDisposeScope();
        var expected = Golden.Numbers(model)["score_bf16"]!;
        var loaded = Golden.Load(model, ScalarType.BFloat16);
        using var owned = loaded.Model;
        var actual = new ModelEvaluator(loaded, new AsftOptions { Runtime = { Precision = ModelPrecision.BFloat16 } }).Evaluate(Golden.Examples);
        Close((double)expected["sft"]!, actual.Sft, 2e-2);
        Close((double)expected["asft"]!, actual.Asft, 2e-2);
        Close((double)expected["kl"]!, actual.Kl, 2e-2);
    }

    private static List<AsftProgress> Train(string model, AsftOptions options)
    {
        var loaded = Golden.Load(model);
        using var owned = loaded.Model;
        var objective = AnchoredObjective.For(options);
        using var runner = BatchRunner.For(loaded.Model, options.Runtime.GradientCheckpointing);
        using var reference = ReferenceModelFactory.For(loaded, runner, options);
        using var parameters = new FlatParameters(loaded.Adapters!.Parameters);
        using var updater = new ParameterUpdater(parameters, options.Optimizer);
        var plan = new BatchPlan(
            Golden.Examples.Select(e => e.InputIds.Length), options.BatchSize, options.Batches.GlobalBatchSize, options.Batches.Order, seed: 1);
        var history = new List<AsftProgress>();
        var trainer = new Trainer(
            loaded.Model, runner, new AnchoredHead(objective, loaded.Model.LogitTransform), reference, parameters, updater, Golden.Examples, plan,
            options.MaxSteps!.Value, options, seed: 1);
        trainer.Run(new TrainingState(), validator: null, checkpoints: null, history.Add);
        return history;
    }

    private static void Close(double expected, double actual, double relative) =>
        Assert.True(Math.Abs(expected - actual) <= relative * Math.Abs(expected), $"Expected {expected}, found {actual}.");
}
