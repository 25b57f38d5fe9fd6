using System.Diagnostics;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.References;
using Microsoft.ML.Asft.Training.Checkpointing;

namespace Microsoft.ML.Asft.Training;

/// <summary>Evaluates the model during training on the validation rows, and decides about early stopping.</summary>
internal sealed class Validator(
    LoadedModel loaded, BatchRunner runner, IReferenceModel reference, AsftOptions options, IReadOnlyList<EncodedExample> examples, int stepsPerEpoch, int totalSteps,
    Action<AsftValidation> report)
{
    private readonly ModelEvaluator _evaluator = new(loaded, options, options.Runtime.Workers);
    private readonly ValidationOptions _validation = options.Validation;

    public bool IsDue(TrainingState state) => state.ValidatedStep != state.Step
        && (state.Step % (_validation.EverySteps ?? stepsPerEpoch) == 0 || state.Step == totalSteps);

    /// <summary>Evaluates the model and reports the result.</summary>
    /// <returns>The state with the result. The result before the first step is never the best one.</returns>
    /// <exception cref="OperationCanceledException">The options' token was cancelled. The validation of this step is then still due.</exception>
    public TrainingState Validate(TrainingState state)
    {
        long started = Stopwatch.GetTimestamp();
        var metrics = _evaluator.Evaluate(examples, runner, reference);
        double score = _validation.Metric switch
        {
            ValidationMetric.Loss => metrics.Loss,
            ValidationMetric.TokenAccuracy => -metrics.TokenAccuracy,
            _ => metrics.Sft,
        };
        bool isBest = state.Step > 0 && (state.BestScore is not { } best || score < best - _validation.MinImprovement);
        report(new AsftValidation
        {
            Step = state.Step,
            Loss = metrics.Loss,
            CrossEntropy = metrics.Sft,
            TokenAccuracy = metrics.TokenAccuracy,
            Kl = metrics.Kl,
            Tokens = metrics.Tokens,
            IsBest = isBest,
            Seconds = Stopwatch.GetElapsedTime(started).TotalSeconds,
        });
        return state with
        {
            ValidatedStep = state.Step,
            BestScore = isBest ? score : state.BestScore,
            BestStep = isBest ? state.Step : state.BestStep,
            ValidationsSinceBest = isBest || state.Step == 0 ? 0 : state.ValidationsSinceBest + 1,
        };
    }

    /// <summary>Whether as many validations in a row as <see cref="ValidationOptions.Patience"/> brought no improvement.</summary>
    public bool ShouldStopEarly(TrainingState state) => state.ValidationsSinceBest >= _validation.Patience;
}
