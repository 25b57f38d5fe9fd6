using System.Diagnostics;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.References;
using Microsoft.ML.Asft.Training.Checkpointing;

namespace Microsoft.ML.Asft.Training;

/// <summary>Measures the model in training on rows that it does not see, and judges whether it still gets better.</summary>
internal sealed class Validator(
    LoadedModel loaded, BatchRunner runner, IReferenceModel reference, AsftOptions options, IReadOnlyList<EncodedExample> examples, int stepsPerEpoch, int totalSteps,
    Action<AsftValidation> report)
{
    private readonly ModelEvaluator _evaluator = new(loaded, options, options.Runtime.Workers);
    private readonly ValidationOptions _when = options.Validation;

    public bool IsDue(TrainingState state) => state.ValidatedStep != state.Step
        && (state.Step % (_when.EverySteps ?? stepsPerEpoch) == 0 || state.Step == totalSteps);

    /// <summary>Measures and reports.</summary>
    /// <returns>The state, with what was found. The model before the first step counts as no result of training.</returns>
    /// <exception cref="OperationCanceledException">The options' token was cancelled; the state is still to be measured then.</exception>
    public TrainingState Validate(TrainingState state)
    {
        long started = Stopwatch.GetTimestamp();
        var metrics = _evaluator.Evaluate(examples, runner, reference);
        double score = _when.Metric switch
        {
            ValidationMetric.Loss => metrics.Loss,
            ValidationMetric.TokenAccuracy => -metrics.TokenAccuracy,
            _ => metrics.Sft,
        };
        bool isBest = state.Step > 0 && (state.BestScore is not { } best || score < best - _when.MinImprovement);
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

    /// <summary>Whether it has not got better for as long as the options have patience.</summary>
    public bool ShouldStopEarly(TrainingState state) => state.ValidationsSinceBest >= _when.Patience;
}
