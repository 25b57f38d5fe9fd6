using System.Globalization;

namespace TrainingDynamics;

/// <summary>The settings that all runs share.</summary>
internal sealed record RunShape(int Epochs, double LearningRate, double KlWeight, int BatchSize)
{
    public string Describe() => string.Create(CultureInfo.InvariantCulture, $"""
        The small base model of samples/assets (2.4 million parameters) learns one new skill from 400 demonstrations. All settings share
        {Epochs} epochs in batches of {BatchSize}, rank-8 adapters on all projections, and learning rate {LearningRate}; λ = {KlWeight} where nothing else is said.
        The new skill is asked in held-out questions (half known 200, surprise 112), the old skills in 140; an answer is right when it is the expected text.
        A seed decides the order of the rows, dropout and the new adapters; settings share seeds, and so differences are taken within seeds.
        """);
}
