using static TorchSharp.Interop.Dispatch;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor cos() => Call("cos", this);
        public Tensor cos_() => Mutate("cos_", this);
        public Tensor sin() => Call("sin", this);
        public Tensor sin_() => Mutate("sin_", this);
        public Tensor tan() => Call("tan", this);
        public Tensor tan_() => Mutate("tan_", this);
        public Tensor tanh() => Call("tanh", this);
        public Tensor tanh_() => Mutate("tanh_", this);
    }
}
