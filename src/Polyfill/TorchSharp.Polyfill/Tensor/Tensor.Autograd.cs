#nullable enable
using static TorchSharp.Interop.Dispatch;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public void backward() => torch.autograd.backward([this]);

        public void backward(
            IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false, IList<Tensor>? inputs = null) =>
            torch.autograd.backward([this], grad_tensors, retain_graph, create_graph, inputs);

        public unsafe bool requires_grad
        {
            get => Info.RequiresGrad != 0;
            set => Check(Interop.NativeMethods.asft_set_requires_grad(Handle, value ? 1 : 0));
        }

        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        public Tensor with_requires_grad(bool requires_grad = true) => requires_grad_(requires_grad);

        public void retain_grad() => Mutate("retain_grad", this);

        public unsafe Tensor? grad
        {
            get
            {
                nint found;
                Check(Interop.NativeMethods.asft_grad(Handle, &found));
                return found == 0 ? null : new Tensor(found);
            }
            set
            {
                Check(Interop.NativeMethods.asft_set_grad(Handle, value?.Handle ?? IntPtr.Zero));
                GC.KeepAlive(value);
            }
        }

        public Tensor detach() => Call("detach", this);
        public Tensor detach_() => Mutate("detach_", this);
    }
}
