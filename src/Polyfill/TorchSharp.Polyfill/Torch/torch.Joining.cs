#nullable enable
using TorchSharp.Interop;
using static TorchSharp.Interop.Dispatch;

namespace TorchSharp;

public static partial class torch
{
    public static Tensor cat(IList<Tensor> tensors, long dim = 0) => cat(tensors.ToArray().AsSpan(), dim);
    public static Tensor cat(Tensor[] tensors, long dim = 0) => cat((ReadOnlySpan<Tensor>)tensors, dim);

    public static Tensor cat(ReadOnlySpan<Tensor> tensors, long dim = 0) => tensors.Length switch
    {
        0 => throw new ArgumentException(nameof(tensors)),
        1 => tensors[0].alias(),
        _ => Call("cat", Arg.List(tensors.ToArray()), dim),
    };

    public static Tensor concat(IList<Tensor> tensors, long dim = 0) => torch.cat(tensors, dim);
    public static Tensor concat(Tensor[] tensors, long dim = 0) => torch.cat(tensors, dim);
    public static Tensor concat(ReadOnlySpan<Tensor> tensors, long dim = 0) => torch.cat(tensors, dim);

    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0) => Call("stack", Arg.List(tensors.ToArray()), dim);
    public static Tensor hstack(IList<Tensor> tensors) => Call("hstack", Arg.List(tensors.ToArray()));
    public static Tensor vstack(IList<Tensor> tensors) => Call("vstack", Arg.List(tensors.ToArray()));

    public static Tensor argwhere(Tensor input) => input.argwhere();
    public static Tensor[] chunk(Tensor input, long chunks, long dim = 0) => input.chunk(chunks, dim);
    public static Tensor gather(Tensor input, long dim, Tensor index) => input.gather(dim, index);
    public static Tensor gather(Tensor input, long dim, Tensor index, bool sparse_grad = false) => input.gather(dim, index);
    public static Tensor index_add(Tensor input, long dim, Tensor index, Tensor source, Scalar alpha) =>
        input.index_add(dim, index, source, alpha);
    public static Tensor index_add_(Tensor input, long dim, Tensor index, Tensor source, Scalar alpha) =>
        input.index_add_(dim, index, source, alpha);
    public static Tensor index_copy(Tensor input, long dim, Tensor index, Tensor source) => input.index_copy(dim, index, source);
    public static Tensor index_copy_(Tensor input, long dim, Tensor index, Tensor source) => input.index_copy_(dim, index, source);
    public static Tensor index_select(Tensor input, long dim, Tensor index) => input.index_select(dim, index);
    public static Tensor masked_select(Tensor input, Tensor mask) => input.masked_select(mask);
    public static Tensor narrow(Tensor input, long dim, long start, long length) => input.narrow(dim, start, length);
    public static Tensor nonzero(Tensor input) => input.nonzero();
    public static Tensor permute(Tensor input, params long[] permutation) => input.permute(permutation);
    public static Tensor reshape(Tensor input, params long[] shape) => input.reshape(shape);
    public static Tensor select(Tensor input, long dim, long index) => input.select(dim, index);
    public static Tensor scatter(Tensor input, long dim, Tensor index, Tensor src) => input.scatter(dim, index, src);
    public static Tensor scatter_(Tensor input, long dim, Tensor index, Tensor src) => input.scatter_(dim, index, src);
    public static Tensor scatter_add(Tensor input, long dim, Tensor index, Tensor src) => input.scatter_add(dim, index, src);
    public static Tensor[] split(Tensor tensor, long[] split_size_or_sections, long dim = 0L) => tensor.split(split_size_or_sections, dim);
    public static Tensor swapaxes(Tensor input, long axis0, long axis1) => input.swapaxes(axis0, axis1);
    public static Tensor swapdims(Tensor input, long dim0, long dim1) => input.swapdims(dim0, dim1);
    public static Tensor t(Tensor input) => input.t();
    public static Tensor take(Tensor input, Tensor index) => input.take(index);
    public static Tensor take_along_dim(Tensor input, Tensor indices, long dim = 0L) => input.take_along_dim(indices, dim);
    public static Tensor tile(Tensor input, long[] dims) => input.tile(dims);
    public static Tensor transpose(Tensor input, long dim0, long dim1) => input.transpose(dim0, dim1);
    public static Tensor[] unbind(Tensor input, long dim = 0L) => input.unbind(dim);
    public static Tensor unsqueeze(Tensor input, long dim) => input.unsqueeze(dim);
    public static Tensor unsqueeze_(Tensor input, long dim) => input.unsqueeze_(dim);
    public static Tensor where(Tensor condition, Tensor x, Tensor y) => x.where(condition, y);
}
