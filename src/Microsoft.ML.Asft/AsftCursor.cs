using Microsoft.ML.Asft.Text;
using Microsoft.ML.Data;

namespace Microsoft.ML.Asft;

/// <summary>
/// Goes through rows with their completions. When the completion column is active, a second cursor over the prompt columns
/// runs ahead by a batch, so that prompts are completed together while every other column is read when asked for.
/// </summary>
internal sealed class AsftCursor : DataViewRowCursor
{
    private readonly AsftRowMapper _mapper;
    private readonly DataViewRowCursor _input;
    private readonly DataViewRowCursor? _ahead;
    private readonly Func<IReadOnlyList<PromptMessage>>? _prompt;
    private readonly bool[] _active;
    private readonly Queue<string> _completions = new();
    private ReadOnlyMemory<char> _current;
    private bool _disposed;

    public AsftCursor(AsftRowMapper mapper, IDataView input, DataViewSchema.Column[] columnsNeeded)
    {
        _mapper = mapper;
        _active = ActiveColumns.Of(mapper.OutputSchema, columnsNeeded);
        _input = input.GetRowCursor(columnsNeeded.Where(c => !mapper.IsCompletion(c)).Select(c => mapper.InputSchema[c.Index]));
        if (_active[^1])
        {
            _ahead = input.GetRowCursor(mapper.Columns.All);
            _prompt = mapper.Columns.ReaderOf(_ahead);
        }
    }

    public override DataViewSchema Schema => _mapper.OutputSchema;

    public override long Position => _input.Position;

    public override long Batch => _input.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => _input.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => _mapper.IsCompletion(column)
        ? ActiveColumns.TextGetter<TValue>(column, _active, () => _current)
        : _input.GetGetter<TValue>(_mapper.InputSchema[column.Index]);

    public override bool MoveNext()
    {
        if (!_input.MoveNext())
        {
            return false;
        }

        if (_ahead is not null)
        {
            if (_completions.Count == 0)
            {
                CompleteNextBatch();
            }

            _current = _completions.Dequeue().AsMemory();
        }

        return true;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _input.Dispose();
            _ahead?.Dispose();
        }

        base.Dispose(disposing);
    }

    private void CompleteNextBatch()
    {
        var prompts = new List<IReadOnlyList<PromptMessage>>();
        while (prompts.Count < _mapper.Transformer.Options.Generation.BatchSize && _ahead!.MoveNext())
        {
            prompts.Add(_prompt!());
        }

        foreach (var completion in _mapper.Transformer.CompleteConversations(prompts))
        {
            _completions.Enqueue(completion.Text);
        }
    }
}
