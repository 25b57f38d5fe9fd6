using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Execution;

/// <summary>
/// Memory that operators use one after the other and leave nothing in: matrices with a row a token, by their width. What one operator
/// gives back the next one gets, so that there are as many as are in use at once, and a step allocates nothing after the longest batch.
/// </summary>
/// <param name="dtype">The model's number format.</param>
internal sealed class Workspace(ScalarType dtype) : IDisposable
{
    private readonly Dictionary<long, Stack<RowBuffer>> _free = [];
    private readonly List<RowBuffer> _all = [];

    /// <summary>Begins a use of the workspace.</summary>
    /// <param name="rows">The rows of each matrix.</param>
    public Frame Open(long rows) => new(this, rows);

    public void Dispose()
    {
        foreach (var buffer in _all)
        {
            buffer.Dispose();
        }
    }

    /// <summary>The matrices of one operator, all of which it gives back at the end.</summary>
    internal sealed class Frame(Workspace workspace, long rows) : IDisposable
    {
        private readonly Stack<RowBuffer> _taken = [];

        /// <summary>A matrix (rows, width), with what was left in it.</summary>
        public Tensor Matrix(long width)
        {
            if (!workspace._free.TryGetValue(width, out var free))
            {
                workspace._free[width] = free = [];
            }

            if (!free.TryPop(out var buffer))
            {
                buffer = new RowBuffer(width, workspace.DType);
                workspace._all.Add(buffer);
            }

            _taken.Push(buffer);
            return buffer.Rows(rows);
        }

        public void Dispose()
        {
            while (_taken.TryPop(out var buffer))
            {
                workspace._free[buffer.Width].Push(buffer);
            }
        }
    }

    private ScalarType DType => dtype;
}
