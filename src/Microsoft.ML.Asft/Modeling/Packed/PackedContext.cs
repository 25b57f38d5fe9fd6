namespace Microsoft.ML.Asft.Modeling;

/// <summary>What every part of a pass over packed sequences shares.</summary>
/// <param name="Sequences">The sequences.</param>
/// <param name="Kernels">The kernels of the model's format.</param>
/// <param name="Rotary">Rotary tables in float32.</param>
/// <param name="IsTraining">Whether adapters drop out.</param>
internal sealed record PackedContext(PackedSequences Sequences, CpuKernels Kernels, RotaryEmbedding Rotary, bool IsTraining)
{
    /// <summary>Gets N.</summary>
    public long Tokens => Sequences.TokenCount;

    /// <summary>Gets tables that reach to the longest sequence, views in the dispose scope of whoever asks.</summary>
    public Rotation Rotation => Rotary.At(0, Sequences.LongestLength);
}
