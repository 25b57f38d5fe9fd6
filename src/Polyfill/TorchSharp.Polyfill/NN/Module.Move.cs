#nullable enable
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public partial class Module
        {
            protected DeviceType _deviceType = DeviceType.CPU;
            protected int _deviceIndex = -1;

            protected internal virtual Module _to(Device device, ScalarType dtype, bool non_blocking)
            {
                RefuseIntegers(dtype);
                _toEpilog(Available(device.type, device.index), dtype, non_blocking);
                return this;
            }

            protected internal virtual Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking)
            {
                var device = Available(deviceType, deviceIndex);
                if (device.type != _deviceType || device.index != _deviceIndex) _toEpilog(device.type, device.index, non_blocking);
                return this;
            }

            protected internal virtual Module _to(ScalarType dtype, bool non_blocking)
            {
                RefuseIntegers(dtype);
                _toEpilog(dtype, non_blocking);
                return this;
            }

            public Module _to(Tensor other, bool non_blocking)
            {
                _to(other.dtype, non_blocking);
                return _to(other.device_type, other.device_index, non_blocking);
            }

            private static void RefuseIntegers(ScalarType dtype)
            {
                if (!is_floating_point(dtype) && !is_complex(dtype))
                    throw new ArgumentException(
                        $"nn.Module.to only accepts floating point or complex types, but got desired dtype={dtype}");
            }

            private static Device Available(DeviceType type, int index)
            {
                if (type == DeviceType.CUDA && !torch.cuda.is_available()) throw new InvalidOperationException("CUDA is not available.");
                InitializeDeviceType(type);
                return new Device(type, type == DeviceType.CUDA ? index : -1);
            }

            protected void _toEpilog(ScalarType dtype, bool non_blocking) => _toEpilog(dtype, null, non_blocking);

            protected void _toEpilog(Device device, ScalarType dtype, bool non_blocking) => _toEpilog(dtype, device, non_blocking);

            protected void _toEpilog(DeviceType deviceType, int deviceIndex, bool non_blocking) =>
                _toEpilog(null, new Device(deviceType, deviceIndex), non_blocking);

            // Replaces parameters and buffers by converted ones, also in the properties and fields that hold them.
            protected virtual void _toEpilog(ScalarType? dtype, Device? device, bool non_blocking)
            {
                if (dtype is null && device is null)
                    throw new ArgumentNullException($"{nameof(dtype)} and {nameof(device)} are both null,");

                foreach (var (_, child) in named_children())
                {
                    if (device is null) child._to(dtype!.Value, non_blocking);
                    else if (dtype is null) child._to(device.type, device.index, non_blocking);
                    else child._to(device, dtype.Value, non_blocking);
                }

                var fields = Fields(GetType()).ToDictionary(ComponentName);
                foreach (var (name, parameter) in named_parameters(false).ToList())
                {
                    if (MovesInPlace(parameter, dtype, device)) continue;
                    if (!ReplaceParameter(dtype, device, parameter, out var replacement)) continue;
                    if (GetType().GetProperty(name) is { } property)
                    {
                        property.SetValue(this, replacement);
                        continue;
                    }
                    parameter.Dispose();
                    ConditionallyRegisterParameter(name, replacement);
                    if (fields.TryGetValue(name, out var field)) field.SetValue(this, replacement);
                }
                foreach (var (name, buffer) in named_buffers(false).ToList())
                {
                    if (!ReplaceBuffer(dtype, device, buffer, out var replacement)) continue;
                    if (GetType().GetProperty(name) is { } property)
                    {
                        property.SetValue(this, replacement);
                        continue;
                    }
                    ConditionallyRegisterBuffer(name, replacement);
                    if (fields.TryGetValue(name, out var field)) field.SetValue(this, replacement);
                }

                if (device is null) return;
                _deviceType = device.type;
                _deviceIndex = device.index;
            }

            // For modules whose parameters stay the same tensors with other data.
            private protected virtual bool MovesInPlace(Parameter parameter, ScalarType? dtype, Device? device) => false;

            protected static bool ReplaceBuffer(ScalarType? dtype, Device? device, Tensor buffer, out Tensor? result)
            {
                result = null;
                if (!buffer.toWillCopy(dtype ?? buffer.dtype, device ?? buffer.device)) return false;
                result = buffer.to(Target(dtype, buffer), device ?? buffer.device, disposeAfter: true).DetachFromDisposeScope();
                return true;
            }

            protected static bool ReplaceParameter(ScalarType? dtype, Device? device, Parameter param, out Parameter? p)
            {
                p = null;
                using var gradient = param.grad;
                var (type, place) = (dtype ?? param.dtype, device ?? param.device);
                if (!param.toWillCopy(type, place) && (gradient is null || !gradient.toWillCopy(type, place))) return false;

                using (no_grad())
                {
                    p = new Parameter(param.to(Target(dtype, param), place), param.requires_grad);
                    p.DetachFromDisposeScope();
                    if (gradient is null) return true;
                    using var moved = gradient.to(Target(dtype, param), place).with_requires_grad(gradient.requires_grad);
                    p.grad = moved;
                }
                return true;
            }

            // Only real and complex numbers change their type.
            private protected static ScalarType Target(ScalarType? dtype, Tensor tensor) =>
                dtype is { } wanted && (tensor.is_floating_point() || tensor.is_complex()) ? wanted : tensor.dtype;

            protected static (Device device, ScalarType dtype) GetDefaultDeviceAndType(Device? device = null, ScalarType? dtype = null) =>
                (device ?? get_default_device(), dtype ?? get_default_dtype());
        }
    }
}
