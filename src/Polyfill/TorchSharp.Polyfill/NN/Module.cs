#nullable enable
using System.Reflection;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        // Names, parts and lifetime; Module.State.cs has parameters and buffers, Module.Move.cs what `to` does.
        public partial class Module : IDisposable
        {
            protected OrderedDict<string, Module> _internal_submodules = [];
            protected OrderedDict<string, (Tensor, bool)> _internal_buffers = [];
            protected OrderedDict<string, Parameter> _internal_params = [];
            protected string? name;

            private bool _areComponentsRegistered;
            private bool _isTraining = true;
            private bool _isDisposed;

            protected Module(string name) => this.name = name;

            ~Module() => Dispose(false);

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
                if (!disposing || _isDisposed) return;
                foreach (var (_, buffer) in named_buffers(false)) buffer.DetachFromDisposeScope().Dispose();
                foreach (var (_, parameter) in named_parameters(false)) parameter.DetachFromDisposeScope().Dispose();
                foreach (var (_, module) in named_modules()) module.Dispose();
                _isDisposed = true;
            }

            public virtual string GetName() => string.IsNullOrEmpty(name) ? GetType().Name : name;

            public virtual Module apply(Action<Module> fn)
            {
                foreach (var (_, module) in _internal_submodules) module.apply(fn);
                fn(this);
                return this;
            }

            public virtual void train(bool train = true)
            {
                _isTraining = train;
                foreach (var (_, child) in named_children()) child.train(train);
            }

            public virtual void eval() => train(false);

            public virtual bool training => _isTraining;

            public virtual IEnumerable<(string name, Module module)> named_children() => _internal_submodules;

            public virtual IEnumerable<(string name, Module module)> named_modules()
            {
                foreach (var child in _internal_submodules) yield return child;
                foreach (var (childName, child) in _internal_submodules)
                    foreach (var (name, module) in child.named_modules()) yield return ($"{childName}.{name}", module);
            }

            public virtual IEnumerable<Module> modules() => named_modules().Select(named => named.module);

            public virtual IEnumerable<Module> children() => named_children().Select(named => named.module);

            public void add_module(string name, Module module) => register_module(name, module);

            public virtual void register_module(string name, Module submodule)
            {
                if (submodule is null || submodule._isDisposed)
                {
                    if (_internal_submodules.ContainsKey(name)) _internal_submodules.Remove(name);
                    return;
                }
                if (name.Contains('.')) throw new ArgumentException($"module name can't contain \".\", got: {name}");
                if (string.IsNullOrEmpty(name)) throw new ArgumentException("module name can't be empty string \"\"");
                if (_internal_submodules.ContainsKey(name))
                    throw new InvalidOperationException($"Sub-module {name} is already registered.");
                submodule.RegisterComponents();
                _internal_submodules.Add(name, submodule);
            }

            protected virtual void RegisterComponents()
            {
                if (_areComponentsRegistered) return;
                foreach (var field in Fields(GetType()))
                {
                    var component = ComponentName(field);
                    if (_internal_submodules.ContainsKey(component) || _internal_params.ContainsKey(component)
                        || _internal_buffers.ContainsKey(component)) continue;
                    switch (field.GetValue(this))
                    {
                        case Module module:
                            register_module(component, module);
                            break;
                        case Parameter parameter:
                            register_parameter(component, parameter);
                            break;
                        case Tensor tensor:
                            register_buffer(component, tensor);
                            break;
                    }
                }
                _areComponentsRegistered = true;
            }

            protected void ClearModules() => _internal_submodules.clear();

            // Those of the most derived type first; a field hides what it shadows.
            private static IEnumerable<FieldInfo> Fields(Type type)
            {
                const BindingFlags Instance = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance;
                var seen = new HashSet<string>();
                for (var current = type; current is not null && current != typeof(object); current = current.BaseType)
                    foreach (var field in current.GetFields(Instance))
                        if (seen.Add(field.Name)) yield return field;
            }

            private static string ComponentName(FieldInfo field) =>
                field.GetCustomAttribute<ComponentNameAttribute>()?.Name ?? field.Name;
        }
    }
}
