using Microsoft.ML.Asft.Text;
using Microsoft.ML.Data;

namespace Microsoft.ML.Asft;

/// <summary>A row with its completion, made when it is asked for and once for each position.</summary>
internal sealed class AsftRow : DataViewRow
{
    private readonly AsftRowMapper _mapper;
    private readonly DataViewRow _input;
    private readonly bool[] _active;
    private readonly Func<IReadOnlyList<PromptMessage>>? _prompt;
    private long _completedPosition = -1;
    private ReadOnlyMemory<char> _completion;
    private bool _disposed;

    public AsftRow(AsftRowMapper mapper, DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        (_mapper, _input) = (mapper, input);
        _active = ActiveColumns.Of(mapper.OutputSchema, activeColumns);
        _prompt = _active[^1] ? mapper.Columns.ReaderOf(input) : null;
    }

    public override DataViewSchema Schema => _mapper.OutputSchema;

    public override long Position => _input.Position;

    public override long Batch => _input.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => _input.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => _mapper.IsCompletion(column)
        ? ActiveColumns.TextGetter<TValue>(column, _active, Complete)
        : _input.GetGetter<TValue>(_mapper.InputSchema[column.Index]);

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _input.Dispose();
        }

        base.Dispose(disposing);
    }

    private ReadOnlyMemory<char> Complete()
    {
        // A prediction engine's row never moves: its values change under the same position.
        if (_input.Position != _completedPosition || _input is not DataViewRowCursor)
        {
            _completion = _mapper.Transformer.CompleteConversations([_prompt!()])[0].Text.AsMemory();
            _completedPosition = _input.Position;
        }

        return _completion;
    }
}
