using Microsoft.ML.Polyfill;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// Keeps the values of columns that were asked for once. Columns asked for together are read together, as far as
/// somebody has moved.
/// </summary>
internal sealed class CacheDataView : IDataView
{
    private readonly IHost _host;
    private readonly IDataView _source;
    private readonly Lock _lock = new();
    private readonly List<ColumnGroup> _groups = [];

    public CacheDataView(IHostEnvironment env, IDataView input, int[] prefetch)
    {
        Contracts.CheckValue(env, nameof(env));
        _host = env.Register("Cache");
        _host.CheckValue(input, nameof(input));
        _source = input;
        if (prefetch is { Length: > 0 })
            GroupsFor([.. input.Schema.Select(column => prefetch.Contains(column.Index))]);
    }

    public bool CanShuffle => true;

    public DataViewSchema Schema => _source.Schema;

    public long? GetRowCount()
    {
        lock (_lock)
            return _source.GetRowCount() ?? _groups.FirstOrDefault(group => group.IsComplete)?.Count;
    }

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        var active = ActiveColumns.Of(Schema, columnsNeeded);
        var groups = GroupsFor(active);
        return new Cursor(this, active, groups, rand == null ? null : Permutation(rand, groups[0].ReadAll()));
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => [GetRowCursor(columnsNeeded, rand)];

    private static int[] Permutation(Random random, int count)
    {
        var permutation = Enumerable.Range(0, count).ToArray();
        for (int i = 0; i < count; i++)
        {
            int other = i + random.Next(count - i);
            (permutation[i], permutation[other]) = (permutation[other], permutation[i]);
        }
        return permutation;
    }

    /// <summary>The groups that have the active columns, at least one group; columns that none has get one together.</summary>
    private List<ColumnGroup> GroupsFor(bool[] active)
    {
        lock (_lock)
        {
            var missing = Schema.Where(column => active[column.Index] && !_groups.Any(group => group.Has(column))).ToArray();
            if (missing.Length > 0 || _groups.Count == 0)
                _groups.Add(new ColumnGroup(_source.GetRowCursor(missing), missing));
            var needed = _groups.Where(group => Schema.Any(column => active[column.Index] && group.Has(column))).ToList();
            return needed.Count > 0 ? needed : [_groups[0]];
        }
    }

    /// <summary>Columns that are read by one cursor.</summary>
    private sealed class ColumnGroup(DataViewRowCursor source, DataViewSchema.Column[] columns)
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<int, ColumnBuffer> _buffers
            = columns.ToDictionary(column => column.Index, column => ColumnBuffer.Create(source, column));
        private Exception _failure;
        private volatile bool _isComplete;

        public int Count { get; private set; }

        public bool IsComplete => _isComplete;

        public bool Has(DataViewSchema.Column column) => _buffers.ContainsKey(column.Index);

        public Delegate MakeGetter(DataViewSchema.Column column, Func<int> row) => _buffers[column.Index].MakeGetter(row);

        public int ReadAll()
        {
            TryReach(int.MaxValue);
            return Count;
        }

        /// <summary>Reads up to the row of this index; false when there are not so many.</summary>
        public bool TryReach(int row)
        {
            lock (_lock)
            {
                if (_failure != null)
                    throw Contracts.Except(_failure, "Event we were waiting on was subject to an exception");
                try
                {
                    while (Count <= row && !_isComplete)
                        ReadRow();
                }
                catch (Exception ex)
                {
                    _failure = ex;
                    throw Contracts.Except(_failure, "Event we were waiting on was subject to an exception");
                }
                return row < Count;
            }
        }

        private void ReadRow()
        {
            if (!source.MoveNext())
            {
                source.Dispose();
                _isComplete = true;
                return;
            }
            foreach (var buffer in _buffers.Values)
                buffer.Store(Count);
            Count++;
        }
    }

    private sealed class Cursor : RootCursor
    {
        private readonly bool[] _active;
        private readonly List<ColumnGroup> _groups;
        private readonly int[] _permutation;

        public Cursor(CacheDataView view, bool[] active, List<ColumnGroup> groups, int[] permutation)
            : base(view._host)
        {
            Schema = view.Schema;
            _active = active;
            _groups = groups;
            _permutation = permutation;
        }

        public override DataViewSchema Schema { get; }

        public override bool IsColumnActive(DataViewSchema.Column column)
        {
            Ch.CheckParam(column.Index < _active.Length, nameof(column));
            return _active[column.Index];
        }

        public override ValueGetter<DataViewRowId> GetIdGetter()
            => (ref DataViewRowId id) => id = new DataViewRowId((ulong)CurrentRow(), 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Ch.CheckParam(IsColumnActive(column), nameof(column), "requested column not active");
            var getter = _groups.First(group => group.Has(column)).MakeGetter(column, CurrentRow);
            return getter as ValueGetter<TValue> ?? throw Ch.Except(
                $"Invalid TValue: '{typeof(TValue)}', expected type: '{getter.GetType().GetGenericArguments()[0]}'.");
        }

        protected override bool MoveNextCore()
        {
            int next = (int)Position + 1;
            if (_permutation == null)
                return _groups.TrueForAll(group => group.TryReach(next));
            return next < _permutation.Length && _groups.TrueForAll(group => group.TryReach(_permutation[next]));
        }

        private int CurrentRow()
        {
            CheckOnRow();
            return _permutation == null ? (int)Position : _permutation[Position];
        }
    }
}
