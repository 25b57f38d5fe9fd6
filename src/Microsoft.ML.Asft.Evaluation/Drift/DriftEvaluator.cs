using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Evaluation.Runs;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.References;
using Microsoft.ML.Asft.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Evaluation.Drift;

/// <summary>Measures a model and its base on the same rows.</summary>
/// <param name="model">The model.</param>
/// <param name="runner">The runner of its forward pass.</param>
/// <param name="reference">The base.</param>
/// <param name="direction">The direction of the divergence.</param>
internal sealed class DriftEvaluator(CausalLanguageModel model, BatchRunner runner, IReferenceModel reference, KlDirection direction)
{
    public IReadOnlyList<DriftItem> Evaluate(int start, EncodedExample[] examples)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var batch = new TrainingBatch(examples, model.HeadWeight.device);
        var hidden = runner.HiddenStates(batch);                                  // (N, H)
        var baseHidden = reference.HiddenStates(batch);                           // (N, H)
        var (own, other, kl, correct) = (new List<float>(), new List<float>(), new List<float>(), new List<float>());
        foreach (var (from, count) in VocabularyChunks.Of(batch.Labels.shape[0], model.HeadWeight.shape[0]))
        {
            using var chunkScope = NewDisposeScope();
            var logP = NextToken.LogProbabilities(
                hidden.narrow(0, from, count), model.HeadWeight, model.LogitTransform);          // (R, V)
            var logQ = NextToken.LogProbabilities(
                baseHidden.narrow(0, from, count), reference.HeadWeight, reference.LogitTransform);   // (R, V)
            var labels = batch.Labels.narrow(0, from, count);
            own.AddRange(Values(logP.gather(1, labels.unsqueeze(1)).squeeze(1)));
            other.AddRange(Values(logQ.gather(1, labels.unsqueeze(1)).squeeze(1)));
            correct.AddRange(Values(logP.argmax(1).eq(labels)));
            kl.AddRange(Values(direction == KlDirection.Forward ? logQ.exp().mul(logQ.sub(logP)).sum(1) : logP.exp().mul(logP.sub(logQ))
                .sum(1)));
        }

        int at = 0;
        return
        [
            .. examples.Select((example, row) =>
            {
                int from = at;
                at += TrainingBatch.LabelCount(example);
                return new DriftItem
                {
                    Index = start + row,
                    Tokens = [.. example.Labels.Skip(1).Where(token => token != EncodedExample.IgnoreIndex)],
                    Kl = kl[from..at],
                    LogProbability = own[from..at],
                    BaseLogProbability = other[from..at],
                    Correct = (int)correct[from..at].Sum(),
                };
            }),
        ];
    }

    private static float[] Values(Tensor tensor) => tensor.to_type(ScalarType.Float32).cpu().data<float>().ToArray();
}
