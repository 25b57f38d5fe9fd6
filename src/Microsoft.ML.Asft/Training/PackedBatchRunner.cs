using Microsoft.ML.Asft.Modeling;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training;

/// <summary>Runs our own decoder on the CPU, packed and without autograd.</summary>
internal sealed class PackedBatchRunner(Decoder model, bool recompute) : BatchRunner
{
    private readonly PackedDecoder _decoder = new(model, recompute);

    public override Tensor HiddenStates(TrainingBatch batch)
    {
        var (sequences, positions) = batch.Packed();
        return _decoder.HiddenStates(sequences, positions);
    }

    public override Tensor Forward(TrainingBatch batch)
    {
        var (sequences, positions) = batch.Packed();
        return _decoder.Forward(sequences, positions);
    }

    public override void Backward(Tensor gradient, ParameterStore parameters)
    {
        _decoder.Backward(gradient, parameters.GradientOf);
        parameters.CollectGradients();
    }

    public override void Dispose() => _decoder.Dispose();
}
