using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Polyfill;

/// <summary>
/// The rows of a data view in a random order, always the same for the same seed: the source shuffles if it can and is
/// asked to, then each row is drawn from a pool of those that come next.
/// </summary>
internal sealed class ShuffledDataView : IDataView
{
    private readonly IHost _host;
    private readonly IDataView _source;
    private readonly int _seed;
    private readonly int _poolSize;
    private readonly bool _shuffleSource;

    public ShuffledDataView(IHostEnvironment env, IDataView source, int? seed, int poolSize, bool shuffleSource)
    {
        _host = env.Register("Shuffle");
        _source = source;
        _seed = seed ?? ((TauswortheHybrid)_host.Rand).NextSigned();
        _poolSize = poolSize;
        _shuffleSource = shuffleSource;
    }

    public bool CanShuffle => true;

    public DataViewSchema Schema => _source.Schema;

    public long? GetRowCount() => _source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        rand ??= RandomUtils.Create(_seed);
        var sourceRandom = _shuffleSource ? RandomUtils.Create(rand) : null;
        var input = _source.GetRowCursor(columnsNeeded, _source.CanShuffle ? sourceRandom : null);
        return _poolSize == 1 ? input : new Cursor(_host, input, ActiveColumns.Of(Schema, columnsNeeded), _poolSize, rand);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor : DerivedCursor
    {
        private readonly Random _random;
        private readonly ColumnBuffer[] _buffers;
        private readonly DataViewRowId[] _ids;
        private readonly ValueGetter<DataViewRowId> _idGetter;

        // The slots in the buffers of the rows that wait, in a ring from the oldest on.
        private readonly int[] _waiting;
        private int _oldest;
        private int _count;
        private int _slotsUsed;
        private int _current = -1;
        private bool _inputEnded;

        public Cursor(IHost host, DataViewRowCursor input, bool[] active, int poolSize, Random random)
            : base(host, input, active)
        {
            _random = random;
            _buffers = [.. input.Schema.Select(column => active[column.Index] ? ColumnBuffer.Create(input, column) : null)];
            _ids = new DataViewRowId[poolSize];
            _idGetter = input.GetIdGetter();
            _waiting = new int[poolSize];
        }

        public override long Batch => 0;

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = _ids[CurrentSlot()];

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Ch.CheckParam(IsColumnActive(column), nameof(column), "requested column not active");
            var getter = _buffers[column.Index].MakeGetter(CurrentSlot);
            return getter as ValueGetter<TValue> ?? throw Ch.Except(
                $"Invalid TValue: '{typeof(TValue)}', expected type: '{getter.GetType().GetGenericArguments()[0]}'.");
        }

        protected override bool MoveNextCore()
        {
            FillPool();
            if (_count == 0)
                return false;

            // The oldest row takes the place of the drawn one.
            int drawn = (_oldest + _random.Next(_count)) % _waiting.Length;
            _current = _waiting[drawn];
            _waiting[drawn] = _waiting[_oldest];
            _oldest = (_oldest + 1) % _waiting.Length;
            _count--;
            return true;
        }

        private void FillPool()
        {
            while (_count < _waiting.Length && !_inputEnded)
            {
                if (!Input.MoveNext())
                {
                    _inputEnded = true;
                    return;
                }
                // While the pool fills for the first time, and later whenever a row has left, one slot is free.
                int slot = _slotsUsed < _waiting.Length ? _slotsUsed++ : _current;
                foreach (var buffer in _buffers)
                    buffer?.Store(slot);
                _idGetter(ref _ids[slot]);
                _waiting[(_oldest + _count++) % _waiting.Length] = slot;
            }
        }

        private int CurrentSlot()
        {
            CheckOnRow();
            return _current;
        }
    }
}
