#nullable enable
using static TorchSharp.Interop.Dispatch;

namespace TorchSharp;

public static partial class torch
{
    // Reading and writing elements.
    public partial class Tensor
    {
        internal unsafe IntPtr DataPointer
        {
            get
            {
                nint data;
                Check(Interop.NativeMethods.asft_data(Handle, &data));
                return data;
            }
        }

        public Utils.TensorAccessor<T> data<T>() where T : unmanaged
        {
            ValidateType(typeof(T));
            return new Utils.TensorAccessor<T>(device_type == DeviceType.CPU ? this : cpu());
        }

        public T item<T>() where T : unmanaged
        {
            if (NumberOfElements != 1) throw new ArgumentException("Number of elements in the tensor must be 1");
            return data<T>()[0];
        }

        internal void ValidateType(Type dotnetType)
        {
            var type = dtype;
            if (type == ScalarType.BFloat16) throw new ArgumentException($"No support for {type} in TorchSharp");
            if (ToScalarType(dotnetType) != type) throw new ArgumentException($"{dotnetType.Name} is not compatible with {type}");
        }

        public void WriteBytesToStream(Stream stream, int bufferSize = 1024)
        {
            ValidateBytes(0);
            for (var offset = 0L; NumberOfElements * ElementSize - offset is var left and > 0;)
            {
                var chunk = Bytes(offset, (int)Math.Min(left, bufferSize));
                stream.Write(chunk);
                offset += chunk.Length;
            }
        }

        public void ReadBytesFromStream(Stream stream, int bufferSize = 1024)
        {
            ValidateBytes(0);
            for (var offset = 0L; NumberOfElements * ElementSize - offset is var left and > 0;)
            {
                var read = stream.Read(Bytes(offset, (int)Math.Min(left, bufferSize)));
                if (read == 0) throw new EndOfStreamException();
                offset += read;
            }
        }

        public Span<byte> bytes
        {
            get
            {
                var size = NumberOfElements * ElementSize;
                ValidateBytes(size);
                return Bytes(0, (int)size);
            }
            set
            {
                if (!is_contiguous()) throw new InvalidOperationException("SetBytes() called on non-contiguous tensor.");
                if (NumberOfElements * ElementSize != value.Length) throw new ArgumentException("Mismatched data sizes in SetBytes().");
                value.CopyTo(Bytes(0, value.Length));
            }
        }

        private unsafe Span<byte> Bytes(long offset, int count) => new((byte*)DataPointer + offset, count);

        private void ValidateBytes(long size)
        {
            if (!is_contiguous()) throw new InvalidOperationException("Bytes() called on non-contiguous tensor.");
            if (size > int.MaxValue) throw new ArgumentException("Span only supports up to int.MaxValue elements.");
            if (device_type != DeviceType.CPU)
                throw new InvalidOperationException(
                    "Reading data from non-CPU memory is not supported. Move or copy the tensor to the cpu before reading.");
        }

        public double ReadCpuDouble(long i) => ReadCpuValue<double>(i);
        public float ReadCpuSingle(long i) => ReadCpuValue<float>(i);
        public int ReadCpuInt32(long i) => ReadCpuValue<int>(i);
        public long ReadCpuInt64(long i) => ReadCpuValue<long>(i);
        public byte ReadCpuByte(long i) => ReadCpuValue<byte>(i);
        public sbyte ReadCpuSByte(long i) => ReadCpuValue<sbyte>(i);
        public short ReadCpuInt16(long i) => ReadCpuValue<short>(i);
        public bool ReadCpuBool(long i) => ReadCpuValue<bool>(i);
        public T ReadCpuValue<T>(long i) where T : unmanaged => Utils.TensorAccessor<T>.ReadItemAt(this, i);

        public Scalar ToScalar() => Scalar.From(CallValue("item", this));

        public Tensor fill_(Scalar value) => Mutate("fill_.Scalar", this, value);
        public Tensor zero_() => zeros(shape);
        public Tensor zeros(params long[] sizes) => Call("zeros.out", sizes, this);
        public Tensor ones(params long[] sizes) => Call("ones.out", sizes, this);
        public Tensor clone() => Call("clone", this);
        public Tensor copy_(Tensor source, bool nonBlocking = false) => Mutate("copy_", this, source, nonBlocking);
        public Tensor set_(Tensor source) => Mutate("set_.source_Tensor", this, source);
    }
}
