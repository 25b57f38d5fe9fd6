using System.Reflection;
using Microsoft.ML.Polyfill;

namespace Microsoft.ML.Runtime;

/// <summary>Finds the classes that assemblies declare with <see cref="LoadableClassAttribute"/>, by name and signature.</summary>
public sealed class ComponentCatalog
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _assemblies = [];
    private readonly Dictionary<(string Name, Type Signature), LoadableClass> _classes = [];

    internal ComponentCatalog()
    {
    }

    /// <summary>Adds what <paramref name="assembly"/> declares; an assembly is looked at once.</summary>
    public void RegisterAssembly(Assembly assembly, bool throwOnError = true)
    {
        lock (_lock)
        {
            if (!_assemblies.Add(assembly.FullName))
                return;
            foreach (var attribute in assembly.GetCustomAttributes<LoadableClassAttributeBase>())
                Add(attribute, throwOnError);
        }
    }

    internal static bool TryCreateInstance<TRes, TSig>(
        IHostEnvironment env, out TRes result, string name, string options, params object[] extra)
        where TRes : class
    {
        Contracts.CheckValue(env, nameof(env));
        var loadable = env.ComponentCatalog.Find(name, typeof(TSig));
        result = null;
        if (loadable == null)
            return false;
        if (!typeof(TRes).IsAssignableFrom(loadable.Type))
            throw env.Except("Loadable class '{0}' does not derive from '{1}'", name, typeof(TRes).FullName);
        if (!string.IsNullOrEmpty(options))
            throw env.Except("Loadable class '{0}' doesn't support settings", name);
        if (loadable.ParameterCount != extra.Length)
        {
            throw env.Except("Wrong number of extra parameters for loadable class '{0}', need '{1}', given '{2}'",
                name, loadable.ParameterCount, extra.Length);
        }
        result = (TRes)loadable.Create(env, extra);
        return true;
    }

    private static (string Name, Type Signature) Key(string name, Type signature)
        => ((name ?? "").ToLowerInvariant().Trim(), signature);

    private LoadableClass Find(string name, Type signature)
    {
        lock (_lock)
            return _classes.GetValueOrDefault(Key(name, signature));
    }

    private void Add(LoadableClassAttributeBase attribute, bool throwOnError)
    {
        var loadable = LoadableClass.TryBind(attribute);
        if (loadable == null)
        {
            if (!throwOnError)
                return;
            throw Contracts.Except(
                $"Can't instantiate loadable class '{attribute.InstanceType.Name}' with name '{attribute.LoadNames[0]}'");
        }
        foreach (var signature in attribute.SigTypes)
        {
            foreach (string name in attribute.LoadNames)
            {
                if (!_classes.TryAdd(Key(name, signature), loadable) && throwOnError)
                {
                    throw Contracts.Except($"ComponentCatalog cannot map name '{name}' and SignatureType '{signature}' to " +
                        $"{loadable.Type.Name}, already mapped to {_classes[Key(name, signature)].Type.Name}.");
                }
            }
        }
    }
}
