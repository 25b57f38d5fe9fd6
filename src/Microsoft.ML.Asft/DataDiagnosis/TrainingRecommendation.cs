using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.DataDiagnosis;

/// <summary>How to train on the data, and why.</summary>
public sealed record TrainingRecommendation
{
    /// <summary>Gets how much of the data the model knows.</summary>
    public required ModelKnowledge Knowledge { get; init; }

    /// <summary>Gets the objective.</summary>
    public required AsftObjective Objective { get; init; }

    /// <summary>Gets λ, the weight of the KL anchor; 0 for an objective without one.</summary>
    public required double KlWeight { get; init; }

    /// <summary>Gets the highest learning rate: a rule of thumb by the size of the model.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Gets the number of steps over which α rises from 0; 0 for no warm start.</summary>
    public required int WarmStartSteps { get; init; }

    /// <summary>Gets the reason, in sentences.</summary>
    public required string Reason { get; init; }
}
