#nullable enable
using TorchSharp.Interop;
using static TorchSharp.Interop.Dispatch;

namespace TorchSharp;

public static partial class torch
{
    // New tensors after the pattern of this one.
    public partial class Tensor
    {
        public Tensor empty_like(ScalarType? dtype = null, torch.Device? device = null, bool requires_grad = false) =>
            Like("empty_like", dtype, device, requires_grad);
        public Tensor zeros_like(ScalarType? dtype = null, torch.Device? device = null, bool requires_grad = false) =>
            Like("zeros_like", dtype, device, requires_grad);
        public Tensor ones_like(ScalarType? dtype = null, torch.Device? device = null, bool requires_grad = false) =>
            Like("ones_like", dtype, device, requires_grad);
        public Tensor rand_like(ScalarType? dtype = null, torch.Device? device = null, bool requires_grad = false) =>
            Like("rand_like", dtype, device, requires_grad);
        public Tensor randn_like(ScalarType? dtype = null, torch.Device? device = null, bool requires_grad = false) =>
            Like("randn_like", dtype, device, requires_grad);
        public Tensor full_like(Scalar value, ScalarType? dtype = null, torch.Device? device = null, bool requires_grad = false) =>
            Call("full_like", this, value, dtype ?? this.dtype, Layout, device ?? this.device).requires_grad_(requires_grad);
        public Tensor randint_like(
            long low, long high, ScalarType? dtype = null, torch.Device? device = null, bool requires_grad = false) =>
            Call("randint_like.low_dtype", this, low, high, dtype ?? this.dtype, Layout, device ?? this.device)
                .requires_grad_(requires_grad);

        private Tensor Like(string name, ScalarType? dtype, torch.Device? device, bool requires_grad)
        {
            var made = Call(name, this, dtype ?? this.dtype, Layout, device ?? this.device);
            return requires_grad ? made.requires_grad_() : made;
        }

        // The strided layout, which is also every operator's default.
        private static Arg Layout => default;

        public Tensor new_empty(long[] size, torch.ScalarType? dtype = null, torch.Device? device = null, bool requires_grad = false) =>
            torch.empty(size, dtype ?? this.dtype, device ?? this.device, requires_grad);
        public Tensor new_zeros(long[] size, torch.ScalarType? dtype = null, torch.Device? device = null, bool requires_grad = false) =>
            torch.zeros(size, dtype ?? this.dtype, device ?? this.device, requires_grad);
        public Tensor new_full(
            long[] size, Scalar value, torch.ScalarType? dtype = null, torch.Device? device = null, bool requires_grad = false) =>
            torch.full(size, value, dtype ?? this.dtype, device ?? this.device, requires_grad);
    }
}
