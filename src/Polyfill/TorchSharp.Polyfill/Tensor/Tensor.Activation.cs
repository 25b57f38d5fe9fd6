#nullable enable
using static TorchSharp.Interop.Dispatch;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor gelu() => Call("gelu", this);
        public Tensor gelu_() => Mutate("gelu_", this);
        public Tensor log_sigmoid() => Call("log_sigmoid", this);
        public Tensor log_softmax(long dim, ScalarType? dtype = null) => torch.special.log_softmax(this, dim, dtype);
        public Tensor relu() => Call("relu", this);
        public Tensor relu_() => Mutate("relu_", this);
        public Tensor sigmoid() => Call("sigmoid", this);
        public Tensor sigmoid_() => Mutate("sigmoid_", this);
        public Tensor silu() => Call("silu", this);
        public Tensor silu_() => Mutate("silu_", this);
        public Tensor softmax(long dim, ScalarType? dtype = null) => torch.special.softmax(this, dim, dtype);
        public Tensor softplus(double beta = 1, double threshold = 20) => Call("softplus", this, beta, threshold);
    }
}
