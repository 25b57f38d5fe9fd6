#nullable enable
using System.Runtime.CompilerServices;
using TorchSharp.Interop;
using static TorchSharp.Interop.Dispatch;

namespace TorchSharp;

public static partial class torch
{
    // Indexing as in Python: every kind of index becomes a view, and tensors among them one index or index_put_ at the end.
    public partial class Tensor
    {
        [IndexerName("TensorItems")]
        public Tensor this[params TensorIndex[] indices] { get => index(indices); set => index_put_(value, indices); }

        [IndexerName("TensorItems")]
        public Tensor this[params Tensor[] indices] { get => index(indices); set => index_put_(value, indices); }

        [IndexerName("TensorItems")]
        public Tensor this[long i1] { get => select(0, i1); set => index_put_(value, TensorIndex.Single(i1)); }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2] { get => this[[i1, i2]]; set => this[[i1, i2]] = value; }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3] { get => this[[i1, i2, i3]]; set => this[[i1, i2, i3]] = value; }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3, long i4]
        {
            get => this[[i1, i2, i3, i4]];
            set => this[[i1, i2, i3, i4]] = value;
        }

        [IndexerName("TensorItems")]
        public Tensor this[params long[] indices]
        {
            get => index(indices.Select(i => TensorIndex.Single(i)).ToArray());
            set => index_put_(value, indices.Select(i => TensorIndex.Single(i)).ToArray());
        }

        public Tensor index(params TensorIndex[] indices)
        {
            using var view = new IndexedView(this, indices);
            return view.Tensors.Count == 0 ? view.Take() : Call("index.Tensor", view.Base, Arg.OptionalList([.. view.Tensors]));
        }

        public Tensor index(params Tensor[] indices) => index(AsIndices(indices));

        public Tensor index_put_(Tensor value, params TensorIndex[] indices) => index_put_(value, indices, false);

        public Tensor index_put_(Tensor value, TensorIndex[] indices, bool accumulate = false)
        {
            if (accumulate && !indices.Any(i => i.kind == TensorIndex.Kind.Tensor))
                throw new Exception("Invalid 'indices' parameter. Must be an array of TensorIndex objects containing tensors "
                    + "with indices that match the shape of the tensor to update");
            using var view = new IndexedView(this, indices);
            using var fitting = WithoutLeadingOnes(value, view.Base.ndim);
            if (view.Tensors.Count == 0) view.Base.copy_(fitting);
            else Mutate("index_put_", view.Base, Arg.OptionalList([.. view.Tensors]), fitting, accumulate);
            return this;
        }

        public Tensor index_put_(Tensor value, params Tensor[] indices) => index_put_(value, AsIndices(indices), false);
        public Tensor index_put_(Tensor value, Tensor[] indices, bool accumulate = false) =>
            index_put_(value, AsIndices(indices), accumulate);

        public Tensor index_put_(Scalar value, params TensorIndex[] indices)
        {
            using var full = torch.full(Array.Empty<long>(), value, dtype, device);
            return index_put_(full, indices, false);
        }

        public Tensor index_put_(Scalar value, params Tensor[] indices) => index_put_(value, AsIndices(indices));

        // A value may have more dimensions than what it is put into, as long as those are 1.
        private static Tensor WithoutLeadingOnes(Tensor value, long dimensions)
        {
            var ones = value.shape.TakeWhile((size, i) => size == 1 && value.ndim - i > dimensions).Count();
            return ones == 0 ? value.alias() : value.view(value.shape[ones..]);
        }

        private static TensorIndex[] AsIndices(Tensor[] indices) => indices.Select(TensorIndex.Tensor).ToArray();
    }

    /// <summary>The view that the indices other than tensors select, and the tensors left to index it with.</summary>
    private sealed class IndexedView : IDisposable
    {
        // Views made on the way to Base; none of them is the caller's.
        private readonly List<Tensor> _made = [];
        private readonly List<Tensor> _truths = [];
        private long _dim;

        public IndexedView(Tensor source, TensorIndex[] indices)
        {
            Base = source;
            var consumed = indices.Sum(Consumes);
            foreach (var index in indices) Apply(index, source, consumed);
            if (_made.Count == 0 && Tensors.Count == 0) Push(source.alias());
        }

        public Tensor Base { get; private set; }

        /// <summary>By dimension of <see cref="Base"/>; dimensions without a tensor hold null.</summary>
        public List<Tensor?> Tensors { get; } = [];

        /// <summary>Hands <see cref="Base"/> to the caller, who then owns it.</summary>
        public Tensor Take()
        {
            _made.Remove(Base);
            return Base;
        }

        public void Dispose()
        {
            foreach (var tensor in _made) tensor.Dispose();
            foreach (var tensor in _truths) tensor.Dispose();
        }

        private static long Consumes(TensorIndex index) => index.kind switch
        {
            TensorIndex.Kind.Single or TensorIndex.Kind.Slice => 1,
            TensorIndex.Kind.Tensor => index.tensor!.dtype is ScalarType.Bool or ScalarType.Byte ? index.tensor.ndim : 1,
            _ => 0,
        };

        private void Apply(TensorIndex index, Tensor source, long consumed)
        {
            switch (index.kind)
            {
                case TensorIndex.Kind.Single:
                    Push(Base.select(_dim, index.start ?? 0));
                    break;
                case TensorIndex.Kind.Slice:
                    if (index.start is not null || index.stop is not null || index.step is not null)
                        Push(Call("slice.Tensor", Base, _dim, index.start, index.stop, index.step ?? 1L));
                    _dim++;
                    break;
                case TensorIndex.Kind.Ellipsis:
                    _dim += source.ndim - consumed;
                    break;
                case TensorIndex.Kind.None or TensorIndex.Kind.Null:
                    Push(Base.unsqueeze(_dim++));
                    break;
                case TensorIndex.Kind.Bool:
                    using (var truth = torch.tensor(index.start != 0)) RecordTruth(truth);
                    break;
                case TensorIndex.Kind.Tensor:
                    ApplyTensor(index.tensor!);
                    break;
            }
        }

        // A single integer selects, as in Python.
        private void ApplyTensor(Tensor tensor)
        {
            var isMask = tensor.dtype is ScalarType.Bool or ScalarType.Byte;
            if (tensor.ndim == 0 && !isMask && is_integral(tensor.dtype))
            {
                Push(Base.select(_dim, tensor.ToInt64()));
                return;
            }
            if (tensor.ndim > 0) Record(tensor);
            else RecordTruth(tensor);
        }

        // A truth value adds a dimension that it keeps or empties.
        private void RecordTruth(Tensor truth)
        {
            Push(Base.unsqueeze(_dim));
            _truths.Add(truth.unsqueeze(0));
            Record(_truths[^1]);
        }

        private void Record(Tensor tensor)
        {
            while (Tensors.Count < _dim) Tensors.Add(null);
            Tensors.Add(tensor);
            _dim++;
        }

        private void Push(Tensor view)
        {
            _made.Add(view);
            Base = view;
        }
    }
}
