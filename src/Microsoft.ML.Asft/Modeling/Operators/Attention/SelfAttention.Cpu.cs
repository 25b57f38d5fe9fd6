using Microsoft.ML.Asft.Modeling.Execution;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Operators.Attention;

// The passes on the CPU, without autograd, over packed sequences.
internal sealed partial class SelfAttention
{
    // The activations that are kept for the backward pass: the rotated queries, the rotated keys and the values, head-major; attention's result,
    // token-major; and the inputs of the norms, if there are norms. No model with a fused projection has norms here.
    private const int QueryHeads = 0;
    private const int KeyHeads = 1;
    private const int ValueHeads = 2;
    private const int Attended = 3;
    private const int NormedQuery = 4;
    private const int NormedKey = 5;

    private readonly PackedAttention _attention;
    private readonly long _queryWidth;   // H·D
    private readonly long _keyWidth;     // Hk·D

    public override IReadOnlyList<long> ActivationWidths =>
        [_queryWidth, _keyWidth, _keyWidth, _queryWidth, .. _queryNorm is null ? (long[])[] : [_queryWidth, _keyWidth]];

    public override void Forward(Tensor input, Tensor? output, bool add, BranchActivations kept, CpuPass pass)
    {
        long n = pass.Tokens;
        using var scope = NewDisposeScope();
        using var memory = pass.Workspace.Open(n);
        Tensor[] projected = _queryNorm is null ? [.. _inputs.MatrixWidths.Select(memory.Matrix)]
            : [kept.OfBody(NormedQuery, n), kept.OfBody(NormedKey, n), memory.Matrix(_keyWidth)];
        _inputs.Forward(input, projected, pass);
        var parts = _inputs.Split(projected);
        var (query, key, value) = (parts[0], parts[1], parts[2]);
        if (_queryNorm is not null && _keyNorm is not null)
        {
            query = _queryNorm.Forward(query, memory.Matrix(_queryWidth));
            key = _keyNorm.Forward(key, memory.Matrix(_keyWidth));
        }

        var (heads, attended) = (HeadsOf(kept, n), kept.OfBody(Attended, n));
        _attention.Split(query, key, value, heads, pass);
        _attention.Forward(heads, memory.Matrix(_queryWidth), attended, pass);
        if (output is not null)
        {
            _output.Forward(attended, output, add, pass);
        }
    }

    public override void Backward(Tensor? input, Tensor outputGradient, Tensor? inputGradient, BranchActivations kept, CpuPass pass)
    {
        long n = pass.Tokens;
        using var scope = NewDisposeScope();
        using var memory = pass.Workspace.Open(n);
        var attendedGradient = memory.Matrix(_queryWidth);
        _output.Backward(kept.OfBody(Attended, n), outputGradient, attendedGradient, add: false, pass);

        Tensor[] gradients = [.. _inputs.MatrixWidths.Select(memory.Matrix)];
        var parts = _inputs.Split(gradients);
        var scratch = (Output: memory.Matrix(_queryWidth), Query: attendedGradient, Key: memory.Matrix(_keyWidth), Value: memory.Matrix(_keyWidth));
        _attention.Backward(HeadsOf(kept, n), attendedGradient, (parts[0], parts[1], parts[2]), scratch, pass);
        if (_queryNorm is not null && _keyNorm is not null)
        {
            _queryNorm.Backward(kept.OfBody(NormedQuery, n), parts[0], scratch.Output, add: false, pass);
            _keyNorm.Backward(kept.OfBody(NormedKey, n), parts[1], scratch.Key, add: false, pass);
            (gradients[0], gradients[1]) = (scratch.Output, scratch.Key);
        }

        _inputs.Backward(input, gradients, inputGradient, pass);
    }

    public override bool IsTrained(CpuPass pass) =>
        NeedsInput(pass) || _output.IsTrained(pass) || pass.IsTrained(_queryNorm?.Weight) || pass.IsTrained(_keyNorm?.Weight);

    public override bool NeedsInput(CpuPass pass) => _inputs.IsTrained(pass);

    private static (Tensor Query, Tensor Key, Tensor Value) HeadsOf(BranchActivations kept, long n) =>
        (kept.OfBody(QueryHeads, n), kept.OfBody(KeyHeads, n), kept.OfBody(ValueHeads, n));
}
