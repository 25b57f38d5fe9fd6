using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Execution;

/// <summary>
/// Temporary memory for operators: matrices with a row for each token, pooled by their width. An operator returns its matrices at its end, and the next
/// operator gets them. So there are only as many as are in use at once, and after the largest batch a step allocates nothing.
/// </summary>
/// <param name="dtype">The model's number format.</param>
internal sealed class Workspace(ScalarType dtype) : IDisposable
{
    private readonly Dictionary<long, Stack<RowBuffer>> _free = [];
    private readonly List<RowBuffer> _all = [];
    private readonly RowBuffer _weight = new(1, dtype);

    /// <summary>Begins the use of the workspace by one operator.</summary>
    /// <param name="rows">The number of rows of each matrix.</param>
    public Frame Open(long rows) => new(this, rows);

    /// <summary>Gets the memory into which a stored weight is expanded, (rows, columns). There is only one, which the next call returns again.</summary>
    public Tensor Weight(long rows, long columns) => _weight.Rows(rows * columns).view(rows, columns);

    public void Dispose()
    {
        _weight.Dispose();
        foreach (var buffer in _all)
        {
            buffer.Dispose();
        }
    }

    /// <summary>The matrices of one operator. Disposing the frame returns all of them.</summary>
    internal sealed class Frame(Workspace workspace, long rows) : IDisposable
    {
        private readonly Stack<RowBuffer> _taken = [];

        /// <summary>Gets a matrix (rows, width). Its content is what the last user left in it.</summary>
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
