using Microsoft.ML.Asft.Modeling.Execution;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Operators.Attention;

// The passes on the CPU, without autograd, over packed sequences.
internal sealed partial class SelfAttention
{
    // The activations that are kept for the backward pass: the rotated queries, the rotated keys and the values, head-major; attention's result,
    // token-major; and the inputs of the norms, if there are norms.
    private const int QueryHeads = 0;
    private const int KeyHeads = 1;
    private const int ValueHeads = 2;
    private const int Attended = 3;
    private const int NormedQuery = 4;
    private const int NormedKey = 5;

    private readonly PackedAttention _attention;
    private readonly long _queryWidth;   // H·D
    private readonly long _keyWidth;     // Hk·D

    public override IReadOnlyList<long> ActivationWidths { get; }

    public override void Forward(Tensor input, Tensor? output, bool add, BranchActivations kept, CpuPass pass)
    {
        long n = pass.Tokens;
        using var scope = NewDisposeScope();
        using var memory = pass.Workspace.Open(n);
        var query = _queryNorm is null ? memory.Matrix(_queryWidth) : kept.OfBody(NormedQuery, n);
        var key = _keyNorm is null ? memory.Matrix(_keyWidth) : kept.OfBody(NormedKey, n);
        var value = memory.Matrix(_keyWidth);
        _query.Forward(input, query, add: false, pass);
        _key.Forward(input, key, add: false, pass);
        _value.Forward(input, value, add: false, pass);
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

        // The queries' gradient overwrites the result's gradient, which has been read by the time that it is written.
        var (query, key, value) = (attendedGradient, memory.Matrix(_keyWidth), memory.Matrix(_keyWidth));
        var scratch = (
            Output: memory.Matrix(_queryWidth), Query: memory.Matrix(_queryWidth), Key: memory.Matrix(_keyWidth), Value: memory.Matrix(_keyWidth));
        _attention.Backward(HeadsOf(kept, n), attendedGradient, (query, key, value), scratch, pass);
        if (_queryNorm is not null && _keyNorm is not null)
        {
            _queryNorm.Backward(kept.OfBody(NormedQuery, n), query, scratch.Output, add: false, pass);
            _keyNorm.Backward(kept.OfBody(NormedKey, n), key, scratch.Key, add: false, pass);
            (query, key) = (scratch.Output, scratch.Key);
        }

        _query.Backward(input, query, inputGradient, add: false, pass);
        _key.Backward(input, key, inputGradient, add: true, pass);
        _value.Backward(input, value, inputGradient, add: true, pass);
    }

    public override bool IsTrained(CpuPass pass) =>
        NeedsInput(pass) || _output.IsTrained(pass) || pass.IsTrained(_queryNorm?.Weight) || pass.IsTrained(_keyNorm?.Weight);

    public override bool NeedsInput(CpuPass pass) => _query.IsTrained(pass) || _key.IsTrained(pass) || _value.IsTrained(pass);

    private static (Tensor Query, Tensor Key, Tensor Value) HeadsOf(BranchActivations kept, long n) =>
        (kept.OfBody(QueryHeads, n), kept.OfBody(KeyHeads, n), kept.OfBody(ValueHeads, n));
}
