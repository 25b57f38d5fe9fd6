using System.CommandLine;
using Microsoft.ML.Asft.Checkpoints.Adapters;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Templates;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Cli.Options;

/// <summary>Options of the library that several commands share.</summary>
internal static class AsftOptionGroups
{
    public static Option<string?> AddModel(this BoundOptions<AsftOptions> options) =>
        options.Add("--model", "DIR", "The model's folder: config.json, *.safetensors, tokenizer.json.", o => o.ModelPath);

    public static Option<string?> AddAdapter(this BoundOptions<AsftOptions> options, string description) =>
        options.Add("--adapter", "DIR", description, o => o.AdapterPath);

    public static void AddResizeEmbedding(this BoundOptions<AsftOptions> options) => options.AddFlag(
        "--resize-embedding", "Add rows to the embedding if the tokenizer has more tokens than rows.", o => o.ResizeEmbedding);

    public static void AddColumns(this BoundOptions<AsftOptions> options)
    {
        options.Add("--prompt-column", "NAME", "The field with the prompt. Without it: instruction, or prompt.", o => o.Data.PromptColumnName);
        options.Add("--response-column", "NAME", "The field with the response. Without it: response, completion or output.", o => o.Data.ResponseColumnName);
    }

    public static void AddTurns(this BoundOptions<AsftOptions> options)
    {
        options.AddChoice(
            "--turns", "Which of the assistant's turns are learnt: all, or only the last one of each row.", o => o.Data.TrainedTurns,
            ("all", TrainedTurns.All), ("last", TrainedTurns.Last));
        options.AddChoice(
            "--thinking", "Whether the thoughts at the beginning of a turn, <think>…</think>, are learnt or only read.", o => o.Data.TrainOnThinking,
            ("train", true), ("mask", false));
    }

    public static Option<string> AddTemplate(this BoundOptions<AsftOptions> options)
    {
        string[] names = [.. PromptTemplate.Names, "none"];
        string description = $"The prompt template; auto is the model's own. One of {string.Join(", ", names)}.";
        return options.Add("--template", "NAME", description, o => o.Template).TemplateOf(names);
    }

    public static void AddRowLimits(this BoundOptions<AsftOptions> options)
    {
        options.Add("--max-length", "N", "The maximum number of tokens of a row.", o => o.MaxLength);
        options.AddChoice(
            "--long-rows", "What happens to a longer row: it is cut at the end (truncate) or left out (drop).", o => o.Data.LongRows,
            ("truncate", LongRowPolicy.Truncate), ("drop", LongRowPolicy.Drop));
        options.AddChoice(
            "--invalid-rows", "What happens to a row that cannot be used: an error (refuse), or it is left out and counted (skip).", o => o.Data.InvalidRows,
            ("refuse", RowPolicy.Refuse), ("skip", RowPolicy.Skip));
    }

    /// <summary>The options that determine the memory and time of a run, besides the model and the data. Call <see cref="WithAllLinear"/> after parsing.</summary>
    public static void AddRunSize(this BoundOptions<AsftOptions> options)
    {
        options.Add("--lora-rank", "N", "The planned rank of the adapters.", o => o.Lora!.Rank);
        options.AddList("--lora-targets", "NAMES", "The projections to adapt, separated by commas; or all-linear.", o => o.Lora!.TargetModules);
        options.Add("--epochs", "N", "The planned number of passes over the data.", o => o.Epochs);
        options.Add("--max-steps", "N", "The planned number of optimizer steps, instead of --epochs.", o => o.MaxSteps);
        options.Add("--batch-size", "N", "Rows in one forward pass.", o => o.BatchSize);
        options.Add("--global-batch-size", "N", "Rows in one optimizer step. Without it: one batch.", o => o.Batches.GlobalBatchSize);
        options.AddFlag("--gradient-checkpointing", "Run each layer again in the backward pass.", o => o.Runtime.GradientCheckpointing);
    }

    /// <summary>Sets the target pattern if the target modules are <c>all-linear</c>.</summary>
    public static AsftOptions WithAllLinear(this AsftOptions options)
    {
        if (options.Lora is { TargetModules: [AdapterConfig.AllLinear] } lora)
        {
            lora.TargetPattern = AdapterConfig.AllLinear;
        }

        return options;
    }

    /// <summary>The loss: its name, its anchor and its weights.</summary>
    public static Option<string> AddObjective(this BoundOptions<AsftOptions> options)
    {
        var objective = options.AddChoice(
            "--objective", "The loss: probability-weighted and anchored (asft), one of the two, neither (sft), weighted by row (iw-sft) or by entropy (eaft).",
            o => o.Objective,
            ("asft", AsftObjective.Asft), ("dft", AsftObjective.Dft), ("sft+kl", AsftObjective.SftKl), ("sft", AsftObjective.Sft),
            ("iw-sft", AsftObjective.IwSft), ("eaft", AsftObjective.Eaft));
        objective.Aliases.Add("--mode");
        options.Add("--kl-weight", "X", "λ, the weight of the KL anchor.", o => o.KlWeight);
        options.AddChoice(
            "--kl-direction", "forward is KL(reference‖model), reverse KL(model‖reference).", o => o.Loss.KlDirection,
            ("forward", KlDirection.Forward), ("reverse", KlDirection.Reverse));
        options.Add(
            "--weight-exponent", "X", "α in a token's weight, such as p^α; without it the objective's own: 0 for sft and sft+kl, else 1.",
            o => o.Loss.WeightExponent);
        options.Add("--weight-clip-min", "X", "The lowest weight that a token gets.", o => o.Loss.WeightClipMin);
        options.Add(
            "--weight-clip-max", "X", "The highest weight that a token gets. Without it: 16 for iw-sft, no limit for others.", o => o.Loss.WeightClipMax);
        return objective;
    }

    /// <summary>The options of generation. Returns the options that a saved pipeline already contains.</summary>
    public static Option[] AddGeneration(this BoundOptions<AsftOptions> options) =>
    [
        options.Add("--max-new-tokens", "N", "The maximum number of tokens of a completion.", o => o.Generation.MaxNewTokens),
        options.Add(
            "--temperature", "X", "Sample tokens with this temperature; 0 takes the likeliest token.", o => o.Generation.Temperature),
        options.Add("--top-k", "N", "Sample from the N likeliest tokens; 0 for all.", o => o.Generation.TopK),
        options.Add("--top-p", "X", "Sample from the likeliest tokens whose probabilities sum to this.", o => o.Generation.TopP),
        options.Add(
            "--min-p", "X", "Sample from tokens with at least this share of the likeliest token's probability.", o => o.Generation.MinP),
        options.Add("--repetition-penalty", "X", "Makes tokens of the text so far less likely; 1 turns this off.", o => o.Generation.RepetitionPenalty),
        options.Add(
            "--presence-penalty", "X", "Subtracted from the logits of tokens in the completion so far.", o => o.Generation.PresencePenalty),
        options.Add("--frequency-penalty", "X", "Subtracted from the logits of such tokens for each time they occur.", o => o.Generation.FrequencyPenalty),
        options.AddTexts("--stop", "TEXT", "A text that ends a completion; may be given several times.", o => o.Generation.StopStrings),
        options.Add("--seed", "N", "The seed for sampling. Without it: a new one each time.", o => o.Generation.Seed),
    ];

    /// <summary>The number formats in memory. Returns the options that a saved pipeline already contains.</summary>
    public static Option[] AddPrecision(this BoundOptions<AsftOptions> options) =>
    [
        options.AddPrecision("auto: bfloat16 if the processor multiplies it."),
        options.AddChoice(
            "--quantize", "How the frozen weights of projections are stored in memory.", o => o.Runtime.Quantization,
            ("none", WeightQuantization.None), ("int8", WeightQuantization.Int8), ("nf4", WeightQuantization.Nf4)),
        options.AddFlag("--double-quantization", "With --quantize nf4: quantize the scales too.", o => o.Runtime.DoubleQuantization),
    ];

    /// <summary>The number format of a model that is only written, not run. Quantizing it would lose something for nothing.</summary>
    public static Option<string> AddFilePrecision(this BoundOptions<AsftOptions> options) => options.AddPrecision("auto: as in the model's files.");

    /// <summary>Replaces auto by the format of the model's files.</summary>
    public static AsftOptions WithFilePrecision(this AsftOptions options)
    {
        if (options.Runtime.Precision == ModelPrecision.Auto)
        {
            options.Runtime.Precision =
                ModelConfig.Load(options.ModelPath!).TorchDtype == ScalarType.BFloat16 ? ModelPrecision.BFloat16 : ModelPrecision.Float32;
        }

        return options;
    }

    private static Option<string> AddPrecision(this BoundOptions<AsftOptions> options, string auto) => options.AddChoice(
        "--dtype", $"The number format of the model's weights in memory, and of products. {auto}", o => o.Runtime.Precision,
        ("auto", ModelPrecision.Auto), ("float32", ModelPrecision.Float32), ("bfloat16", ModelPrecision.BFloat16));

    public static Option<string?> AddDevice(this BoundOptions<AsftOptions> options) =>
        options.Add("--device", "NAME", "cpu (the default), cuda or cuda:1.", o => o.Runtime.Device);
}
