#nullable enable
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    public sealed class Linear : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "bias")]
        private Parameter? _bias;

        [ComponentName(Name = "weight")]
        private Parameter? _weight;

        internal Linear(Parameter weight, Parameter? bias) : base(nameof(Linear))
        {
            (out_features, in_features) = (weight.size(0), weight.size(1));
            this.weight = weight;
            if (bias is not null) this.bias = bias;
        }

        internal Linear(long inputSize, long outputSize, bool hasBias, Device? device, ScalarType? dtype) : base(nameof(Linear))
        {
            (out_features, in_features) = (outputSize, inputSize);
            weight = torch.empty(outputSize, inputSize, device: device, dtype: dtype).AsParameter();
            nn.init.kaiming_uniform_(weight, a: Math.Sqrt(5));
            if (!hasBias) return;
            bias = torch.empty(outputSize, device: device, dtype: dtype).AsParameter();
            var bound = inputSize > 0 ? 1 / Math.Sqrt(inputSize) : 0;
            nn.init.uniform_(bias, -bound, bound);
        }

        public override Tensor forward(Tensor tensor) => nn.functional.linear(tensor, weight, bias);

        protected override void Dispose(bool disposing)
        {
            if (!disposing) return;
            _weight?.Dispose();
            _bias?.Dispose();
        }

        public Parameter? bias
        {
            get => _bias;
            set
            {
                _bias?.Dispose();
                _bias = value?.DetachFromDisposeScope() as Parameter;
                ConditionallyRegisterParameter("bias", _bias);
            }
        }

        public Parameter weight
        {
            get => _weight!;
            set
            {
                ArgumentNullException.ThrowIfNull(value, nameof(weight));
                if (value.Handle == _weight?.Handle) return;
                _weight?.Dispose();
                _weight = (Parameter)value.DetachFromDisposeScope();
                ConditionallyRegisterParameter("weight", _weight);
            }
        }

        protected internal override nn.Module _to(Device device, ScalarType dtype, bool non_blocking) => Replace(dtype, device);

        protected internal override nn.Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking) =>
            Replace(null, new Device(deviceType, deviceIndex));

        protected internal override nn.Module _to(ScalarType dtype, bool non_blocking) => Replace(dtype, null);

        private Linear Replace(ScalarType? dtype, Device? device)
        {
            if (_weight is not null && ReplaceParameter(dtype, device, _weight, out var newWeight)) weight = newWeight!;
            if (_bias is not null && ReplaceParameter(dtype, device, _bias, out var newBias)) bias = newBias;
            return this;
        }

        public long in_features { get; set; }
        public long out_features { get; set; }
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Modules.Linear Linear(
                long inputSize, long outputSize, bool hasBias = true, Device? device = null, ScalarType? dtype = null) =>
                new(inputSize, outputSize, hasBias, device, dtype);

            public static Modules.Linear Linear(Modules.Parameter weight, Modules.Parameter? bias = null) => new(weight, bias);
        }
    }
}
