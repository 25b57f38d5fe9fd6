using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Native;
using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.References;
using Microsoft.ML.Asft.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.DataDiagnosis;

/// <summary>Computes what the base model predicts for every labelled token. Hidden states are the reference's; only the head is computed here.</summary>
internal static class LabelSurvey
{
    private const long ChunkBytes = 64L << 20;

    // Tensors (rows, V) in float32 that exist at once: log p, p, a product of both, and the copy that topk sorts.
    private const int LiveTensors = 4;

    /// <summary>Looks at the labelled tokens of some examples.</summary>
    /// <returns>The facts of each example's labels, in their order.</returns>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public static LabelFact[][] Of(IReadOnlyList<EncodedExample> examples, IReferenceModel reference, CausalLanguageModel model, AsftOptions options)
    {
        var facts = new LabelFact[examples.Count][];
        foreach (int[] rows in Enumerable.Range(0, examples.Count).OrderBy(i => examples[i].InputIds.Length).Chunk(options.BatchSize))
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            using var batch = new TrainingBatch([.. rows.Select(row => examples[row])], model.HeadWeight.device);
            LabelFact[] all = Of(reference.HiddenStates(batch), reference.HeadWeight, batch.Labels, reference.LogitTransform);
            int start = 0;
            foreach (int row in rows)
            {
                int count = TrainingBatch.LabelCount(examples[row]);
                facts[row] = all[start..(start + count)];
                start += count;
            }
        }

        return facts;
    }

    /// <summary>The facts of labels.</summary>
    /// <param name="hidden">Hidden states that predict them, (N, H).</param>
    /// <param name="head">(V, H).</param>
    /// <param name="labels">int64, (N).</param>
    /// <param name="transform">What the model does to its logits.</param>
    internal static LabelFact[] Of(Tensor hidden, Tensor head, Tensor labels, LogitTransform transform)
    {
        var facts = new List<LabelFact>((int)labels.numel());
        long rows = Math.Max(1, ChunkBytes / (head.shape[0] * LiveTensors * sizeof(float)));
        for (long start = 0; start < labels.numel(); start += rows)
        {
            using var scope = NewDisposeScope();
            long count = Math.Min(rows, labels.numel() - start);
            var chunk = labels.narrow(0, start, count);
            var logP = NextToken.LogProbabilities(hidden.narrow(0, start, count), head, transform);             // (R, V)
            var ofLabel = logP.gather(1, chunk.unsqueeze(1));                                                   // (R, 1)
            var gate = new EntropyWeight().LogOf(logP, ofLabel).exp().squeeze(1);
            var (highest, likeliest) = logP.max(1);
            var p = logP.exp();
            var weighted = p.mul(logP);
            var entropy = weighted.sum(1).neg();
            var variance = weighted.mul_(logP).sum(1).sub(entropy.mul(entropy)).ClampMin(0);
            var y = ofLabel.squeeze(1);
            var norm = p.mul_(p).sum(1).sub(y.exp().Mul(2)).Add(1).ClampMin(0).sqrt();                       // ‖p − e‖² = Σp² − 2p(y) + 1
            float[] values = stack([y, highest, entropy, variance, norm, gate], 1).to_type(ScalarType.Float32).cpu().data<float>().ToArray();
            long[] ids = stack([chunk, likeliest], 1).cpu().data<long>().ToArray();
            for (int i = 0; i < count; i++)
            {
                facts.Add(new LabelFact(
                    (int)ids[2 * i], (int)ids[(2 * i) + 1], values[6 * i], values[(6 * i) + 1], values[(6 * i) + 2], values[(6 * i) + 3],
                    values[(6 * i) + 4], values[(6 * i) + 5]));
            }
        }

        return [.. facts];
    }
}
