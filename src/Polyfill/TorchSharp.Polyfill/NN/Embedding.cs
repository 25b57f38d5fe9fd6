#nullable enable
using System.Runtime.InteropServices;
using TorchSharp.Interop;
using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    public sealed class Embedding : nn.Module<Tensor, Tensor>
    {
        // This module's own reference to its weight. As in the real package every look at the property gives a new object,
        // which a dispose scope may take with it.
        private Reference _weight;
        private readonly long _paddingIndex;
        private readonly double? _maxNorm;
        private readonly double _normType;
        private readonly bool _scaleByFrequency;
        private readonly bool _isSparse;

        internal Embedding(
            Tensor weight, long? padding_idx, double? max_norm, double norm_type, bool scale_grad_by_freq, bool sparse)
            : base(nameof(Embedding))
        {
            _weight = new Reference(weight);
            _paddingIndex = padding_idx is { } index and < 0 ? weight.size(0) + index : padding_idx ?? -1;
            (_maxNorm, _normType, _scaleByFrequency, _isSparse) = (max_norm, norm_type, scale_grad_by_freq, sparse);
            register_parameter("weight", this.weight!);
        }

        public override Tensor forward(Tensor input)
        {
            if (_maxNorm is { } limit)
            {
                using var renormalized = weight!;
                using (no_grad()) Dispatch.Mutate("embedding_renorm_", renormalized, input, limit, _normType);
            }
            return Dispatch.Call("embedding", _weight.AsArgument(), input, _paddingIndex, _scaleByFrequency, _isSparse);
        }

        public Parameter? weight
        {
            get => new Parameter(_weight.Another());
            set
            {
                if (value is null) throw new ArgumentNullException("weight cannot be set to 'null'");
                var old = _weight;
                _weight = new Reference(value);
                old.Dispose();
                ConditionallyRegisterParameter("weight", value);
            }
        }

        private protected override bool MovesInPlace(Parameter parameter, ScalarType? dtype, Device? device)
        {
            using var withoutGradients = no_grad();
            using var moved = parameter.to(Target(dtype, parameter), device ?? parameter.device);
            Dispatch.Mutate("set_data", parameter, moved);
            return true;
        }

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            if (disposing) _weight.Dispose();
        }

        /// <summary>A reference to a tensor that no dispose scope knows of.</summary>
        private sealed class Reference : SafeHandle
        {
            public Reference(Tensor tensor) : base(0, true)
            {
                NativeMethods.asft_retain(tensor.Handle);
                SetHandle(tensor.Handle);
            }

            public override bool IsInvalid => handle == 0;

            public Arg AsArgument() => new(Kind.Tensor, IsClosed ? throw new ObjectDisposedException(nameof(Embedding)) : handle, this);

            public nint Another()
            {
                ObjectDisposedException.ThrowIf(IsClosed, typeof(Embedding));
                NativeMethods.asft_retain(handle);
                return handle;
            }

            protected override bool ReleaseHandle()
            {
                NativeMethods.asft_release(handle);
                return true;
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
                using var drawn = torch.randn(num_embeddings, embedding_dims, ScalarType.Float32, CPU);
                if (padding_idx is { } row) drawn.index_put_(0.0f, TensorIndex.Single(row));
                using var weight = drawn.to(dtype ?? ScalarType.Float32, device ?? CPU).requires_grad_();
                return new(weight, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse);
            }

            public static Modules.Embedding Embedding_from_pretrained(
                Tensor embeddings, bool freeze = true, long? padding_idx = null, double? max_norm = null, double norm_type = 2.0,
                bool scale_grad_by_freq = false, bool sparse = false, Device? device = null, ScalarType? dtype = null)
            {
                using var detached = embeddings.detach();
                using var weight = detached.to(dtype ?? embeddings.dtype, device ?? embeddings.device).requires_grad_(!freeze);
                return new(weight, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse);
            }
        }
    }
}
