using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Generation;
using Microsoft.ML.Asft.Templates;
using Microsoft.ML.Asft.Training.Distributed;
using Microsoft.ML.Data;

namespace Microsoft.ML.Asft.Pipeline;

/// <summary>
/// Iterates over rows with their completions. If a column of the completion is active, a second cursor over the prompt columns runs
/// some batches ahead, so that prompts of similar length are completed together. The other columns are read only when they are asked for.
/// </summary>
internal sealed class AsftCursor : DataViewRowCursor
{
    private const int BatchesAhead = 4;

    private readonly AsftRowMapper _mapper;
    private readonly DataViewRowCursor _input;
    private readonly DataViewRowCursor? _ahead;
    private readonly Func<Conversation>? _prompt;
    private readonly bool[] _active;
    private readonly GenerationOptions? _options;
    private readonly Queue<Completion> _completions = new();
    private Completion? _current;
    private long _rowsAhead;
    private bool _disposed;

    public AsftCursor(AsftRowMapper mapper, IDataView input, DataViewSchema.Column[] columnsNeeded)
    {
        _mapper = mapper;
        _active = ActiveColumns.Of(mapper.OutputSchema, columnsNeeded);
        _input = input.GetRowCursor(columnsNeeded.Where(c => mapper.AddedAt(c) is null).Select(c => mapper.InputSchema[c.Index]));
        _options = mapper.OptionsFor(_active);
        if (_options is not null)
        {
            _ahead = input.GetRowCursor(mapper.Columns.All);
            _prompt = mapper.Columns.ReaderOf(_ahead).Read;
        }
    }

    public override DataViewSchema Schema => _mapper.OutputSchema;

    public override long Position => _input.Position;

    public override long Batch => _input.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => _input.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        _active.Require(column);
        return _mapper.AddedAt(column)?.Getter<TValue>(Current) ?? _input.GetGetter<TValue>(_mapper.InputSchema[column.Index]);
    }

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
                CompleteNextRows();
            }

            _current = _completions.Dequeue();
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

    private Completion Current() => _current ?? throw new InvalidOperationException("The cursor is not on a row. Call MoveNext first.");

    // Each worker completes BatchesAhead batches, as a single process does, so the same rows are completed together for any number of workers.
    private void CompleteNextRows()
    {
        var workers = _mapper.Transformer.Workers ?? SingleWorker.Instance;
        var own = workers.RunOnAll(() => CompleteOwnRows(workers));
        foreach (var completion in workers.AllGatherObject(own).SelectMany(part => part))
        {
            _completions.Enqueue(completion);
        }
    }

    private Conversation ReadPrompt()
    {
        try
        {
            return _prompt!();
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException(ExampleReader.NameRow(_ahead!, "Row", error.Message), error);
        }
    }

    private IReadOnlyList<Completion> CompleteOwnRows(IWorkerGroup workers)
    {
        var own = new List<Conversation>();
        long first = 0;
        for (int worker = 0; worker < workers.Size; worker++)
        {
            first = worker == workers.Rank ? _rowsAhead : first;
            for (int i = 0; i < BatchesAhead * _options!.BatchSize && _ahead!.MoveNext(); i++, _rowsAhead++)
            {
                if (worker == workers.Rank)
                {
                    own.Add(ReadPrompt());
                }
            }
        }

        return own.Count == 0 ? [] : _mapper.Transformer.CompleteConversations(own, _options!, first);
    }
}
