#nullable enable
using TorchSharp.Interop;
using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    public sealed class Embedding : nn.Module<Tensor, Tensor>
    {
        // This module's own reference to its weight. As in the real package every look at the property gives a new object,
        // which a dispose scope may take with it.
        private readonly Weight _weight;
        private readonly long _paddingIndex;
        private readonly double? _maxNorm;
        private readonly double _normType;
        private readonly bool _scaleByFrequency;
        private readonly bool _isSparse;

        internal Embedding(
            Tensor weight, long? padding_idx, double? max_norm, double norm_type, bool scale_grad_by_freq, bool sparse)
            : base(nameof(Embedding))
        {
            _weight = new Weight(weight);
            _paddingIndex = padding_idx is { } index and < 0 ? weight.size(0) + index : padding_idx ?? -1;
            (_maxNorm, _normType, _scaleByFrequency, _isSparse) = (max_norm, norm_type, scale_grad_by_freq, sparse);
            register_parameter("weight", this.weight!);
        }

        public override Tensor forward(Tensor input)
        {
            if (_maxNorm is { } limit)
                using (no_grad()) Dispatch.Mutate("embedding_renorm_", _weight.Tensor, input, limit, _normType);
            return Dispatch.Call("embedding", _weight.Tensor, input, _paddingIndex, _scaleByFrequency, _isSparse);
        }

        public Parameter? weight
        {
            get {
                using var own = _weight.Tensor.alias();
                return new Parameter(own.MoveHandle());
            }
            set {
                if (value is null) throw new ArgumentNullException("weight cannot be set to 'null'");
                _weight.Set(value);
                ConditionallyRegisterParameter("weight", value);
            }
        }

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            if (disposing) _weight.Tensor.Dispose();
        }

        private sealed class Weight(Tensor tensor)
        {
            public Tensor Tensor { get; private set; } = tensor.DetachFromDisposeScope();

            public void Set(Tensor tensor)
            {
                Tensor.Dispose();
                Tensor = tensor.alias().DetachFromDisposeScope();
            }
        }
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Modules.Embedding Embedding(
                long num_embeddings, long embedding_dims, long? padding_idx = null, double? max_norm = null, double norm_type = 2.0,
                bool scale_grad_by_freq = false, bool sparse = false, Device? device = null, ScalarType? dtype = null)
            {
                var weight = torch.randn(num_embeddings, embedding_dims, ScalarType.Float32, CPU);
                if (padding_idx is { } row) weight.index_put_(0.0f, TensorIndex.Single(row));
                using var original = weight;
                var moved = weight.to(dtype ?? ScalarType.Float32, device ?? CPU, copy: true).requires_grad_();
                return new(moved, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse);
            }

            public static Modules.Embedding Embedding_from_pretrained(
                Tensor embeddings, bool freeze = true, long? padding_idx = null, double? max_norm = null, double norm_type = 2.0,
                bool scale_grad_by_freq = false, bool sparse = false, Device? device = null, ScalarType? dtype = null)
            {
                var weight = embeddings.detach().to(dtype ?? embeddings.dtype, device ?? embeddings.device).requires_grad_(!freeze);
                return new(weight, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse);
            }
        }
    }
}
