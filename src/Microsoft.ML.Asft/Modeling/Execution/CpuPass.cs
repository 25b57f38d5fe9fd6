using Microsoft.ML.Asft.Modeling.Operators.Rotary;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Execution;

/// <summary>What every operator of a pass of the <see cref="CpuExecutor"/> shares.</summary>
/// <param name="Sequences">The sequences.</param>
/// <param name="Rotary">Rotary tables in float32.</param>
/// <param name="Workspace">Memory that an operator uses for its own time.</param>
/// <param name="IsTraining">Whether adapters drop out.</param>
internal sealed record CpuPass(PackedSequences Sequences, RotaryEmbedding Rotary, Workspace Workspace, bool IsTraining)
{
    /// <summary>Gets the float32 gradient of a parameter, which a backward pass adds to; <see langword="null"/> where it is frozen.</summary>
    public Func<Tensor, Tensor?> GradientOf { get; init; } = _ => null;

    /// <summary>Gets N.</summary>
    public long Tokens => Sequences.TokenCount;

    /// <summary>Gets the tables of layers with a sliding window, where they rotate otherwise; none where all are alike.</summary>
    public RotaryEmbedding? WindowedRotary { get; init; }

    /// <summary>Gets tables that reach to the longest sequence, views in the caller's dispose scope.</summary>
    public RotaryTables RotaryTables => Rotary.UpTo(Sequences.LongestLength);

    /// <summary>The same for a layer.</summary>
    /// <param name="isWindowed">Whether it has a sliding window.</param>
    public RotaryTables RotaryTablesOf(bool isWindowed) =>
        isWindowed && WindowedRotary is { } windowed ? windowed.UpTo(Sequences.LongestLength) : RotaryTables;

    /// <summary>Says whether a parameter is there and trained.</summary>
    public bool IsTrained(Tensor? parameter) => parameter is not null && GradientOf(parameter) is not null;
}
