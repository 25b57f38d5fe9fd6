using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Training.Optimization;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training;

/// <summary>Runs a decoder with the CPU executor: packed and without autograd.</summary>
internal sealed class CpuBatchRunner(Decoder model, bool recompute) : BatchRunner
{
    private readonly CpuExecutor _executor = new(model, recompute);

    public override Tensor HiddenStates(TrainingBatch batch)
    {
        var (sequences, positions) = batch.Packed();
        return _executor.HiddenStates(sequences, positions);
    }

    public override Tensor Forward(TrainingBatch batch)
    {
        var (sequences, positions) = batch.Packed();
        return _executor.Forward(sequences, positions);
    }

    public override void Backward(Tensor gradient, ParameterStore parameters)
    {
        _executor.Backward(gradient, parameters.GradientOf);
        parameters.CollectGradients();
    }

    public override void Dispose() => _executor.Dispose();
}
