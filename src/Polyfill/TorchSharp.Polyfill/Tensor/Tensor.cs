#nullable enable
using System.Text;
using TorchSharp.Interop;
using static TorchSharp.Interop.Dispatch;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A tensor of libtorch; members are those of TorchSharp 0.106.0.</summary>
    public partial class Tensor : IDisposable
    {
        // The native TensorImpl, of which this object holds one reference.
        internal IntPtr handle;

        private static long _totalCount;
        private static long _peakCount;

        internal Tensor(IntPtr handle, bool register = true)
        {
            this.handle = handle;
            var count = Interlocked.Increment(ref _totalCount);
            if (count > _peakCount) _peakCount = count;
            if (register) OwningDisposeScope = DisposeScopeManager.ThreadSingleton.RegisterOnCurrentDisposeScope(this);
        }

        internal DisposeScope? OwningDisposeScope { get; set; }

        public static Tensor UnsafeCreateTensor(IntPtr handle) => new(handle);

        public override bool Equals(object? obj) => obj is Tensor tensor && Equals(tensor);

        public override int GetHashCode() => base.GetHashCode();

        public string? name { get; set; }

        ~Tensor() => Dispose(false);

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            if (handle == IntPtr.Zero) return;
            DisposeScopeManager.ThreadSingleton.DisposingOnCurrentScope(this);
            OwningDisposeScope?.MarkAsDisposed(this);
            Interlocked.Decrement(ref _totalCount);
            Interop.NativeMethods.asft_release(handle);
            handle = IntPtr.Zero;
        }

        public bool IsInvalid => handle == IntPtr.Zero;

        public torch.Tensor MoveToOuterDisposeScope()
        {
            OwningDisposeScope?.MoveToOuter(this);
            return this;
        }

        public torch.Tensor DetachFromDisposeScope()
        {
            OwningDisposeScope?.Detach(this);
            return this;
        }

        public torch.Tensor MoveToOtherDisposeScope(torch.Tensor other) => MoveToOtherDisposeScope(other.OwningDisposeScope);

        public torch.Tensor MoveToOtherDisposeScope(DisposeScope? other)
        {
            if (OwningDisposeScope is null && other is not null) other.Attach(this);
            else OwningDisposeScope?.MoveToOther(other, this);
            return this;
        }

        public IntPtr DecoupleFromNativeHandle()
        {
            GC.SuppressFinalize(this);
            var decoupled = Handle;
            Interlocked.Decrement(ref _totalCount);
            handle = IntPtr.Zero;
            return decoupled;
        }

        public static long TotalCount => _totalCount;

        public static long PeakCount => _peakCount;

        public IntPtr Handle => handle != IntPtr.Zero ? handle : throw new InvalidOperationException("Tensor invalid -- empty handle.");

        // Takes the reference away from this object; a Parameter is made so.
        internal IntPtr MoveHandle()
        {
            var moved = handle;
            handle = IntPtr.Zero;
            return moved;
        }

        private unsafe TensorInfo Info
        {
            get
            {
                TensorInfo info;
                Check(Interop.NativeMethods.asft_info(Handle, &info));
                GC.KeepAlive(this);
                return info;
            }
        }

        public long Dimensions => Info.Dimensions;
        public long dim() => Info.Dimensions;
        public long ndim => Info.Dimensions;
        public long NumberOfElements => Info.Elements;
        public long numel() => Info.Elements;
        public long ElementSize => Info.ElementSize;
        public long element_size() => Info.ElementSize;
        public bool is_integral() => torch.is_integral(dtype);
        public bool is_floating_point() => torch.is_floating_point(dtype);
        public bool is_complex() => torch.is_complex(dtype);
        public bool is_cuda => device_type == DeviceType.CUDA;
        public bool is_meta => device_type == DeviceType.META;
        public bool is_leaf { get => Info.IsLeaf != 0; }
        public bool is_sparse => Info.IsSparse != 0;
        public bool is_cpu() => device_type == DeviceType.CPU;
        public bool is_contiguous() => Info.IsContiguous != 0;
        public long storage_offset() => Info.Offset;
        public ScalarType dtype => (ScalarType)Info.DType;
        public int device_index => Info.DeviceIndex;
        public DeviceType device_type => (DeviceType)Info.DeviceType;
        public torch.Device device => Info is { DeviceType: not (int)DeviceType.CPU } info
            ? new torch.Device((DeviceType)info.DeviceType, info.DeviceIndex) : new torch.Device(DeviceType.CPU);

        public bool is_nonzero()
        {
            if (numel() != 1) throw new InvalidOperationException("is_nonzero() called on non-singleton tensor");
            return CallValue("is_nonzero", this).Integer != 0;
        }

        public unsafe long[] size()
        {
            var sizes = new long[Dimensions];
            fixed (long* first = sizes) Check(Interop.NativeMethods.asft_sizes(Handle, first));
            GC.KeepAlive(this);
            return sizes;
        }

        public long size(int dim) => CallValue("size.int", this, (long)dim).Integer;
        public long[] shape => size();

        public unsafe long[] stride()
        {
            var strides = new long[Dimensions];
            fixed (long* first = strides) Check(Interop.NativeMethods.asft_strides(Handle, first));
            GC.KeepAlive(this);
            return strides;
        }

        public long stride(int dim) => CallValue("stride.int", this, (long)dim).Integer;

        public Tensor alias()
        {
            Interop.NativeMethods.asft_retain(Handle);
            return new Tensor(handle);
        }

        public override string ToString()
        {
            var text = new StringBuilder("[").AppendJoin('x', shape).Append(']');
            return text.Append($", type = {dtype}, device = {device}").ToString();
        }
    }
}
