#nullable enable

namespace TorchSharp;

public static partial class torch
{
    public static DisposeScope NewDisposeScope() => DisposeScopeManager.ThreadSingleton.NewDisposeScope();

    public static DisposeScope? CurrentDisposeScope => DisposeScopeManager.ThreadSingleton.CurrentDisposeScope;

    public static Tensor WrappedTensorDisposeScope(Func<Tensor> expr)
    {
        using var scope = NewDisposeScope();
        return expr().MoveToOuterDisposeScope();
    }

    public static partial class special
    {
        public static Tensor log_softmax(Tensor input, long dim, ScalarType? dtype = null) =>
            Interop.Dispatch.Call("log_softmax.int", input, dim, dtype ?? input.dtype);

        public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) =>
            Interop.Dispatch.Call("softmax.int", input, dim, dtype ?? input.dtype);
    }
}
