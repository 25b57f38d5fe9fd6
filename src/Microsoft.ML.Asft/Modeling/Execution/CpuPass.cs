using Microsoft.ML.Asft.Modeling.Operators.Rotary;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Execution;

/// <summary>The data that all operators of a pass of the <see cref="CpuExecutor"/> share.</summary>
/// <param name="Sequences">The sequences.</param>
/// <param name="Rotary">The rotary tables, in float32.</param>
/// <param name="Workspace">Temporary memory for operators.</param>
/// <param name="IsTraining">Whether dropout is on.</param>
internal sealed record CpuPass(PackedSequences Sequences, RotaryEmbedding Rotary, Workspace Workspace, bool IsTraining)
{
    /// <summary>Gets a function that returns a parameter's float32 gradient, to which a backward pass adds; <see langword="null"/> if it is frozen.</summary>
    public Func<Tensor, Tensor?> GradientOf { get; init; } = _ => null;

    /// <summary>Gets the number of tokens, N.</summary>
    public long Tokens => Sequences.TokenCount;

    /// <summary>Gets the rotary tables of layers with a sliding window; <see langword="null"/> if they are the same as those of the other layers.</summary>
    public RotaryEmbedding? WindowedRotary { get; init; }

    /// <summary>Gets the tables for the lengths of the sequences. They are views in the caller's dispose scope.</summary>
    public RotaryTables RotaryTables => Rotary.UpTo(Sequences.LongestLength);

    /// <summary>The tables of a layer, for the lengths of the sequences.</summary>
    /// <param name="isWindowed">Whether the layer has a sliding window.</param>
    public RotaryTables RotaryTablesOf(bool isWindowed) =>
        isWindowed && WindowedRotary is { } windowed ? windowed.UpTo(Sequences.LongestLength) : RotaryTables;

    /// <summary>Whether a parameter exists and is trained.</summary>
    public bool IsTrained(Tensor? parameter) => parameter is not null && GradientOf(parameter) is not null;
}
