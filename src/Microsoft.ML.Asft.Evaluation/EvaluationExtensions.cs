using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Fingerprints;
using Microsoft.ML.Asft.Evaluation.Alpaca;
using Microsoft.ML.Asft.Evaluation.Drift;
using Microsoft.ML.Asft.Evaluation.ExactMatch;
using Microsoft.ML.Asft.Evaluation.Mathematics;
using Microsoft.ML.Asft.Evaluation.MultipleChoice;
using Microsoft.ML.Asft.Evaluation.Runs;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Scoring;
using Microsoft.ML.Asft.Training.Distributed;

#pragma warning disable IDE0130   // extends the library's own types
namespace Microsoft.ML.Asft;

/// <summary>Evaluations of an <see cref="AsftTransformer"/>, to find out whether fine-tuning helped.</summary>
public static class EvaluationExtensions
{
    /// <summary>Measures a model on multiple-choice questions.</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">Rows of text columns, in one of the layouts of <see cref="MultipleChoiceFormat"/>.</param>
    /// <param name="options">The options; those of the official evaluation if <see langword="null"/>.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="InvalidDataException">A row is not a question, or the folder belongs to another run.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static MultipleChoiceMetrics EvaluateMultipleChoice(
        this AsftTransformer model, IDataView data, MultipleChoiceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        options = Checked(options);
        var questions = options.Workers.RunOnAll(() => MultipleChoiceQuestion.ReadAll(data, options.Format));
        if (options.ShuffleOptions)
        {
            questions = [.. questions.Select((question, i) => question.Shuffled(options.Seed, i))];
        }

        using var evaluated = EvaluatedModel.Of(model, options.Template);
        var evaluator = new MultipleChoiceEvaluator(evaluated, options);
        var settings = new JsonObject { ["method"] = Name(options.Method), ["template"] = options.Template };
        if (options.Method == MultipleChoiceMethod.Generation)
        {
            settings["max_new_tokens"] = options.MaxNewTokens;
        }

        return new MultipleChoiceMetrics(BatchedRun.Complete(
            "mcq", ModelFingerprint.Of(model), questions, options, settings, evaluator.Evaluate, item => item.Correct ? 1 : 0));
    }

    /// <summary>Measures a model on mathematical problems.</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">Rows of text columns, as <see cref="MathProblem.ReadAll"/> reads them.</param>
    /// <param name="options">The options; greedy with the official prompt if <see langword="null"/>.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="InvalidDataException">A row is not a problem, or the folder belongs to another run.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static MathMetrics EvaluateMath(this AsftTransformer model, IDataView data, MathOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        options = Checked(options);
        var problems = options.Workers.RunOnAll(() => MathProblem.ReadAll(data));
        using var evaluated = EvaluatedModel.Of(model, MathPrompt.TemplateOf(options.Prompt));
        var evaluator = new MathEvaluator(evaluated, options);
        var settings = new JsonObject
        {
            ["prompt"] = options.Prompt,
            ["few_shot"] = evaluator.ExampleCount,
            ["samples"] = options.Samples,
            ["temperature"] = options.Temperature,
            ["max_new_tokens"] = options.MaxNewTokens,
        };
        return new MathMetrics(BatchedRun.Complete(
            "math", ModelFingerprint.Of(model), problems, options, settings, evaluator.Evaluate, item => item.Greedy.Correct ? 1 : 0));
    }

    /// <summary>Measures how many rows a model completes to exactly their response, ignoring white space around it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">Rows with the prompt and response columns of the model's <see cref="AsftOptions"/>.</param>
    /// <param name="options">The options.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="InvalidDataException">A row lacks a prompt or a response, or the folder belongs to another run.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static ExactMatchMetrics EvaluateExactMatch(this AsftTransformer model, IDataView data, ExactMatchOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        options = Checked(options);
        var rows = options.Workers.RunOnAll(() => ExactMatchRow.ReadAll(data, model.Options));
        using var evaluated = EvaluatedModel.Of(model, "auto");
        var evaluator = new ExactMatchEvaluator(evaluated, options);
        var settings = new JsonObject
        {
            ["samples"] = options.Samples,
            ["temperature"] = options.Temperature,
            ["max_new_tokens"] = options.MaxNewTokens,
        };
        return new ExactMatchMetrics(BatchedRun.Complete(
            "exact-match", ModelFingerprint.Of(model), rows, options, settings, evaluator.Evaluate, item => item.Correct ? 1 : 0),
            options.Samples);
    }

    /// <summary>Measures the drift of a model from its base on demonstrations, and how well it predicts them.</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">Rows with the prompt and response columns of the model's <see cref="AsftOptions"/>.</param>
    /// <param name="options">The options.</param>
    /// <param name="baseModel">
    /// The base. If <see langword="null"/>, the model before fine-tuning: with its adapters off, or from its folder.
    /// </param>
    /// <exception cref="ArgumentException">An option is out of its range, or the base has another vocabulary.</exception>
    /// <exception cref="InvalidDataException">A row cannot be used, or the folder belongs to another run.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static DriftMetrics EvaluateDrift(
        this AsftTransformer model, IDataView data, DriftOptions? options = null, AsftTransformer? baseModel = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        options = Checked(options);
        var examples = options.Workers.RunOnAll(() => model.Encode(data));
        baseModel = baseModel == model ? null : baseModel;
        using var scorer = new ModelScorer(model, baseModel);
        var evaluator = new DriftEvaluator(scorer, options.Direction);
        var settings = new JsonObject
        {
            ["base"] = baseModel is null ? "the model before fine-tuning" : ModelFingerprint.Of(baseModel),
            ["direction"] = options.Direction.ToString(),
        };
        return new DriftMetrics(BatchedRun.Complete(
            "drift", ModelFingerprint.Of(model), examples, options, settings, evaluator.Evaluate, item => item.Kl.Average()));
    }

    /// <summary>Lets a model answer AlpacaEval's instructions, for a judge to compare.</summary>
    /// <param name="model">The model.</param>
    /// <param name="instructions">The instructions; their outputs are ignored.</param>
    /// <param name="options">The options.</param>
    /// <returns>
    /// The answers, in the order of the instructions; <see cref="AlpacaOutput.WriteAll"/> writes them in AlpacaEval's format.
    /// </returns>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="InvalidDataException">The folder belongs to another run.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static IReadOnlyList<AlpacaOutput> AnswerInstructions(
        this AsftTransformer model, IReadOnlyList<AlpacaOutput> instructions, AlpacaOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(instructions);
        options = Checked(options);
        using var evaluated = EvaluatedModel.Of(model, options.Template);
        var settings = new JsonObject
        {
            ["generator"] = options.Generator,
            ["template"] = options.Template,
            ["temperature"] = options.Temperature,
            ["max_new_tokens"] = options.MaxNewTokens,
        };
        return BatchedRun.Complete<AlpacaOutput, AlpacaOutput>(
            "alpaca", ModelFingerprint.Of(model), instructions, options, settings,
            (start, batch) =>
            {
                var request = new CompletionSettings(options.MaxNewTokens, [], options.Temperature, options.Seed, start);
                var texts = evaluated.Complete([.. batch.Select(row => row.Instruction)], request, options.CancellationToken);
                return [.. batch.Zip(texts, (row, text) => row with { Output = text, Generator = options.Generator })];
            },
            answer => answer.Output.Length);
    }

    private static TOptions Checked<TOptions>(TOptions? options)
        where TOptions : EvaluationOptions, new()
    {
        options ??= new TOptions();
        OptionsValidator.CheckRanges(options);
        return options;
    }

    private static JsonNode? Name<T>(T value) => JsonSerializer.SerializeToNode(value, RunJson.Line);
}
