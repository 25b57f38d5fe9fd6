#nullable enable
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public partial class Module
        {
            public virtual void zero_grad(bool set_to_none = true)
            {
                foreach (var (_, parameter) in named_parameters())
                {
                    using var gradient = parameter.grad;
                    if (gradient is null) continue;
                    if (set_to_none) parameter.grad = null;
                    else gradient.zero_();
                }
            }

            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true, bool include_nonpersistent = true)
            {
                // The real package leaves out buffers that do not persist, whatever include_nonpersistent says.
                var seen = new HashSet<IntPtr> { IntPtr.Zero };
                foreach (var (name, (buffer, persistent)) in _internal_buffers)
                    if (persistent && seen.Add(buffer.handle)) yield return (name, buffer);
                if (!recurse) yield break;
                foreach (var (childName, child) in _internal_submodules)
                    foreach (var (name, buffer) in child.named_buffers(true, include_nonpersistent))
                        if (seen.Add(buffer.handle)) yield return ($"{childName}.{name}", buffer);
            }

            public virtual IEnumerable<Tensor> buffers(bool recurse = true, bool include_nonpersistent = true) =>
                named_buffers(recurse, include_nonpersistent).Select(named => named.buffer);

            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true)
            {
                var seen = new HashSet<IntPtr> { IntPtr.Zero };
                foreach (var named in _internal_params)
                    if (seen.Add(named.Item2.handle)) yield return named;
                if (!recurse) yield break;
                foreach (var (childName, child) in _internal_submodules)
                    foreach (var (name, parameter) in child.named_parameters(true))
                        if (seen.Add(parameter.handle)) yield return ($"{childName}.{name}", parameter);
            }

            public virtual IEnumerable<Parameter> parameters(bool recurse = true) =>
                named_parameters(recurse).Select(named => named.parameter);

            public virtual bool has_buffer(string target) => get_buffer(target) is not null;

            public virtual bool has_parameter(string target) => get_parameter(target) is not null;

            public virtual Tensor? get_buffer(string target)
            {
                ArgumentNullException.ThrowIfNull(target);
                return _internal_buffers.TryGetValue(target, out var found) ? found.Item1
                    : InChild(target, static (child, rest) => child.get_buffer(rest));
            }

            public virtual Parameter? get_parameter(string target)
            {
                ArgumentNullException.ThrowIfNull(target);
                return _internal_params.TryGetValue(target, out var found) ? found
                    : InChild(target, static (child, rest) => child.get_parameter(rest));
            }

            private T? InChild<T>(string target, Func<Module, string, T?> find) where T : class
            {
                var parts = target.Split('.', 2);
                return parts.Length < 2 ? null
                    : named_children().Where(child => child.name == parts[0]).Select(child => find(child.module, parts[1]))
                        .FirstOrDefault(found => found is not null);
            }

            public virtual void register_buffer(string name, Tensor tensor, bool persistent = true)
            {
                if (tensor is null || tensor.IsInvalid)
                    throw new ArgumentNullException(nameof(tensor), "A null tensor cannot be registered as a buffer.");
                if (_internal_buffers.ContainsKey(name)) throw new InvalidOperationException($"Tensor {name} is already registered.");
                _internal_buffers.Add(name, (tensor, persistent));
            }

            public virtual void register_parameter(string name, Parameter param)
            {
                if (param is null || param.IsInvalid)
                    throw new ArgumentNullException(nameof(param), "A null tensor cannot be registered as a parameter.");
                if (_internal_params.ContainsKey(name)) throw new InvalidOperationException($"Parameter {name} is already registered.");
                _internal_params.Add(name, param);
            }

            protected void ConditionallyRegisterParameter(string name, Tensor value) =>
                ConditionallyRegisterParameter(name, value as Parameter);

            protected void ConditionallyRegisterParameter(string name, Parameter? value)
            {
                if (value is not null) _internal_params[name] = value;
                else if (_internal_params.ContainsKey(name)) _internal_params.Remove(name);
            }

            protected void ConditionallyRegisterBuffer(string name, Tensor? value, bool persistent = true)
            {
                if (value is not null) _internal_buffers[name] = (value, persistent);
                else if (_internal_buffers.ContainsKey(name)) _internal_buffers.Remove(name);
            }

            public virtual Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null)
            {
                destination ??= [];
                foreach (var (name, parameter) in named_parameters()) destination.TryAdd(Key(name), parameter);
                foreach (var (name, buffer) in named_buffers(include_nonpersistent: false)) destination.TryAdd(Key(name), buffer);
                foreach (var (name, child) in _internal_submodules) child.state_dict(destination, Key(name));
                return destination;

                string Key(string name) => string.IsNullOrEmpty(prefix) ? name : $"{prefix}.{name}";
            }

            public virtual (IList<string> missing_keys, IList<string> unexpected_keyes) load_state_dict(
                Dictionary<string, Tensor> source, bool strict = true, IList<string>? skip = null)
            {
                var destination = state_dict();
                var unexpected = source.Keys.Where(key => !Skipped(key) && !destination.ContainsKey(key)).ToList();
                var missing = destination.Keys.Where(key => !Skipped(key) && !source.ContainsKey(key)).ToList();
                if (strict && missing.Count + unexpected.Count > 0)
                    throw new InvalidOperationException("The loaded state_dict is not identical to the target dictionary.");

                using var withoutGradients = no_grad();
                foreach (var (key, value) in source)
                    if (!Skipped(key) && destination.TryGetValue(key, out var target)) target.copy_(value);
                return (missing, unexpected);

                bool Skipped(string key) => skip is not null && skip.Contains(key);
            }
        }
    }
}
