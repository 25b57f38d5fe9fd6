namespace Microsoft.ML.Asft.Modeling;

/// <summary>What every part of a pass over packed sequences shares.</summary>
/// <param name="Sequences">The sequences.</param>
/// <param name="Kernels">The kernels of the model's format.</param>
/// <param name="Rotary">A rotary table that reaches to the longest sequence.</param>
/// <param name="IsTraining">Whether adapters drop out.</param>
internal sealed record PackedContext(PackedSequences Sequences, CpuKernels Kernels, RotaryTable Rotary, bool IsTraining)
{
    /// <summary>Gets N.</summary>
    public long Tokens => Sequences.TokenCount;
}
