#nullable enable
using TorchSharp.Interop;
using static TorchSharp.Interop.Dispatch;

namespace TorchSharp;

public static partial class torch
{
    // Reductions, ordering and running sums.
    public partial class Tensor
    {
        public Tensor all() => Call("all", this);
        public Tensor all(long dim, bool keepdim = false) => Call("all.dim", this, dim, keepdim);
        public Tensor any() => Call("any", this);
        public Tensor any(long dim, bool keepdim = false) => Call("any.dim", this, dim, keepdim);

        public Tensor amax(long[] dims, bool keepdim = false, Tensor? @out = null) => amax((ReadOnlySpan<long>)dims, keepdim, @out);
        public Tensor amax(params long[] dims) => amax((ReadOnlySpan<long>)dims, false, null);
        public Tensor amax(ReadOnlySpan<long> dims, bool keepdim = false, Tensor? @out = null) =>
            @out is null ? Call("amax", this, dims, keepdim) : Call("amax.out", this, dims, keepdim, @out);
        public Tensor amin(ReadOnlySpan<long> dims, bool keepdim = false, Tensor? @out = null) =>
            @out is null ? Call("amin", this, dims, keepdim) : Call("amin.out", this, dims, keepdim, @out);
        public Tensor amin(long[] dims, bool keepdim = false, Tensor? @out = null) => amin((ReadOnlySpan<long>)dims, keepdim, @out);
        public Tensor amin(params long[] dims) => amin((ReadOnlySpan<long>)dims, false, null);

        public Tensor argmax() => Call("argmax", this);
        public Tensor argmax(long dim, bool keepdim = false) => Call("argmax", this, dim, keepdim);
        public Tensor argmin() => Call("argmin", this);
        public Tensor argmin(long dim, bool keepdim = false) => Call("argmin", this, dim, keepdim);
        public Tensor argsort(long dim = -1, bool descending = false) => Call("argsort", this, dim, descending);
        public (Tensor Values, Tensor Indices) sort(long dim = -1, bool descending = false, bool stable = false) =>
            Call2("sort.stable", this, stable, dim, descending);
        public (Tensor values, Tensor indexes) topk(int k, int dim = -1, bool largest = true, bool sorted = true) =>
            Call2("topk", this, (long)k, (long)dim, largest, sorted);
        public Tensor count_nonzero(long[]? dims = null) =>
            dims is null ? Call("count_nonzero", this) : Call("count_nonzero.dim_IntList", this, dims);

        public (Tensor values, Tensor indexes) cummax(long dim) => Call2("cummax", this, dim);
        public (Tensor values, Tensor indexes) cummin(long dim) => Call2("cummin", this, dim);
        public Tensor cumprod(long dim, ScalarType? type = null) => Call("cumprod", this, dim, type);
        public Tensor cumsum(long dim, ScalarType? type = null) => Call("cumsum", this, dim, type);
        public Tensor logcumsumexp(long dim) => Call("logcumsumexp", this, dim);
        public Tensor logsumexp(long dim, bool keepdim = false) => Call("logsumexp", this, Arg.Dim(dim), keepdim);

        public Tensor max() => Call("max", this);
        public Tensor max(Tensor other) => maximum(other);
        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false) => Call2("max.dim", this, dim, keepdim);
        public Tensor min() => Call("min", this);
        public Tensor min(Tensor other) => minimum(other);
        public (Tensor values, Tensor indexes) min(long dim, bool keepdim = false) => Call2("min.dim", this, dim, keepdim);
        public Tensor median() => Call("median", this);

        public Tensor mean() => Call("mean", this);
        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) =>
            Call("mean.dim", this, dimensions, keepdim, type);
        public Tensor prod(ScalarType? type = null) => Call("prod", this, type);
        public Tensor prod(long dim, bool keepdim = false, ScalarType? type = null) => Call("prod.dim_int", this, dim, keepdim, type);
        public Tensor sum(ScalarType? type = null) => Call("sum", this, type);
        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) => Call("sum.dim_IntList", this, dim, keepdim, type);
        public Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null) =>
            Call("sum.dim_IntList", this, dim, keepdim, type);
        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) =>
            Call("sum.dim_IntList", this, Arg.Dim(dim), keepdim, type);
        public Tensor sum(long dim0, long dim1, bool keepdim = false, ScalarType? type = null) => sum([dim0, dim1], keepdim, type);
        public Tensor sum(long dim0, long dim1, long dim2, bool keepdim = false, ScalarType? type = null) =>
            sum([dim0, dim1, dim2], keepdim, type);

        // The real package ignores the type that these are given, and var the correction when it is given no dimension.
        public Tensor std(bool unbiased = true) => Call("std", this, unbiased);
        public Tensor std(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Call("std.dim", this, dimensions, unbiased, keepdim);
        public Tensor std(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Call("std.dim", this, Arg.Dim(dim), unbiased, keepdim);
        public Tensor var(bool unbiased = true) => Call("var", this);
        public Tensor var(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Call("var.dim", this, dimensions, unbiased, keepdim);
        public Tensor var(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Call("var.dim", this, Arg.Dim(dim), unbiased, keepdim);
    }
}
