using Microsoft.ML.Asft.Text;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training;

/// <summary>
/// Examples side by side: their ids padded on the right, and where in them a label stands. Under causal attention nothing
/// sees the padding behind it, so no attention mask is needed.
/// </summary>
/// <param name="InputIds">int64 (B, T). Each row ends before its last label, which nothing is predicted from.</param>
/// <param name="Positions">int64 (N): indices into B·T of the positions that predict a label.</param>
/// <param name="Labels">int64 (N): the labels they should predict.</param>
internal sealed record TrainingBatch(Tensor InputIds, Tensor Positions, Tensor Labels)
{
    public static TrainingBatch Of(IReadOnlyList<EncodedExample> examples, Device device)
    {
        int length = examples.Max(PredictingLength);
        long[] ids = new long[examples.Count * length];
        var positions = new List<long>();
        var labels = new List<long>();
        for (int row = 0; row < examples.Count; row++)
        {
            var example = examples[row];
            int used = PredictingLength(example);
            for (int i = 0; i < used; i++)
            {
                ids[(row * length) + i] = example.InputIds[i];
                if (example.Labels[i + 1] != EncodedExample.IgnoreIndex)
                {
                    positions.Add((row * length) + i);
                    labels.Add(example.Labels[i + 1]);
                }
            }
        }

        return new TrainingBatch(
            tensor(ids, [examples.Count, length], ScalarType.Int64, device),
            tensor(positions, ScalarType.Int64, device),
            tensor(labels, ScalarType.Int64, device));
    }

    /// <summary>The number of labels that an example is trained on; the first token has nothing before it.</summary>
    public static int LabelCount(EncodedExample example) => example.Labels.Skip(1).Count(label => label != EncodedExample.IgnoreIndex);

    /// <summary>Picks the rows of (B, T, H) that predict a label: (N, H).</summary>
    public Tensor Gather(Tensor hiddenStates) => hiddenStates.reshape(-1, hiddenStates.shape[^1]).index_select(0, Positions);

    /// <summary>Puts (N, H) back to where <see cref="Gather"/> took it from, zero elsewhere, in the shape of (B, T, H).</summary>
    public Tensor Scatter(Tensor rows, Tensor hiddenStates)
    {
        using var noGrad = no_grad();
        var spread = zeros([InputIds.numel(), rows.shape[1]], rows.dtype, rows.device);
        return spread.index_copy_(0, Positions, rows).view(hiddenStates.shape);
    }

    private static int PredictingLength(EncodedExample example) =>
        Math.Max(1, Array.FindLastIndex(example.Labels, label => label != EncodedExample.IgnoreIndex));
}
