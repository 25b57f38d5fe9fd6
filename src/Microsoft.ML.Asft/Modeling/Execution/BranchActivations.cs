using Microsoft.ML.Asft.Modeling.Operators.Experts;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Execution;

/// <summary>The activations that a residual branch's backward pass needs from its forward pass. Each buffer is allocated when it is first used.</summary>
internal sealed class BranchActivations : IDisposable
{
    private readonly RowBuffer _input;
    private readonly RowBuffer _output;
    private readonly RowBuffer[] _body;

    /// <param name="hiddenSize">The width of the residual stream.</param>
    /// <param name="bodyWidths">The widths of the activations that the branch's body keeps.</param>
    /// <param name="dtype">The model's number format.</param>
    public BranchActivations(long hiddenSize, IEnumerable<long> bodyWidths, ScalarType dtype)
    {
        (_input, _output) = (new RowBuffer(hiddenSize, dtype), new RowBuffer(hiddenSize, dtype));
        _body = [.. bodyWidths.Select(width => new RowBuffer(width, dtype))];
    }

    /// <summary>Gets or sets which experts each token uses; <see langword="null"/> if the branch has no experts.</summary>
    public ExpertRouting? Routing
    {
        get;
        set
        {
            field?.Dispose();
            field = value;
        }
    }

    /// <summary>The residual stream before the branch, (N, hidden). The first branch of a layer does not use it: the executor keeps the layer's input.</summary>
    public Tensor Input(long tokens) => _input.Rows(tokens);

    /// <summary>The body's output before the norm after it, (N, hidden). It is used only if the branch has such a norm.</summary>
    public Tensor BodyOutput(long tokens) => _output.Rows(tokens);

    /// <summary>
    /// One of the activations that the body keeps, (rows, its width). There is one row for each token; with experts, one for each expert that a
    /// token uses.
    /// </summary>
    public Tensor OfBody(int index, long rows) => _body[index].Rows(rows);

    public void Dispose()
    {
        Routing = null;
        foreach (var buffer in (RowBuffer[])[_input, _output, .. _body])
        {
            buffer.Dispose();
        }
    }
}
