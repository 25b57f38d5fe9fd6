using Microsoft.ML.Asft.Generation;
using Microsoft.ML.Asft.Templates;
using Microsoft.ML.Data;

namespace Microsoft.ML.Asft.Pipeline;

/// <summary>A row with its completion. The completion is computed when it is first read, once for each position of the row.</summary>
internal sealed class AsftRow : DataViewRow
{
    private readonly AsftRowMapper _mapper;
    private readonly DataViewRow _input;
    private readonly bool[] _active;
    private readonly GenerationOptions? _options;
    private readonly Func<Conversation>? _prompt;
    private readonly HashSet<int> _readColumns = [];   // columns that were read since the last completion
    private long _completedPosition = -1;
    private string? _completedPrompt;
    private Completion? _completion;
    private bool _disposed;

    public AsftRow(AsftRowMapper mapper, DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        (_mapper, _input) = (mapper, input);
        _active = ActiveColumns.Of(mapper.OutputSchema, activeColumns);
        _options = mapper.OptionsFor(_active);
        _prompt = _options is null ? null : mapper.Columns.ReaderOf(input).Read;
    }

    public override DataViewSchema Schema => _mapper.OutputSchema;

    public override long Position => _input.Position;

    public override long Batch => _input.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => _input.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        _active.Require(column);
        return _mapper.AddedAt(column)?.Getter<TValue>(() => CompletionFor(column.Index)) ?? _input.GetGetter<TValue>(_mapper.InputSchema[column.Index]);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _input.Dispose();
        }

        base.Dispose(disposing);
    }

    private Completion CompletionFor(int column)
    {
        // The row of a prediction engine keeps its position while its values change. So another prompt, or reading
        // the same column a second time, means the next prediction.
        bool isCursor = _input is DataViewRowCursor;
        string? prompt = isCursor ? null : KeyOf(_prompt!());
        bool isNext = _input.Position != _completedPosition || prompt != _completedPrompt || (!isCursor && _readColumns.Contains(column));
        if (_completion is null || isNext)
        {
            _completion = _mapper.Transformer.CompleteConversations([_prompt!()], _options!, Math.Max(0, _input.Position))[0];
            (_completedPosition, _completedPrompt) = (_input.Position, prompt);
            _readColumns.Clear();
        }

        _readColumns.Add(column);
        return _completion;
    }

    private static string KeyOf(Conversation conversation) => string.Join(
        '\0',
        [
            conversation.Tools?.ToJsonString() ?? "",
            conversation.TemplateArguments?.ToJsonString() ?? "",
            .. conversation.Select(m => $"{m.Role}\0{m.Content}\0{m.Input}\0{m.Fields?.ToJsonString()}"),
        ]);
}
