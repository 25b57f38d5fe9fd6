using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Polyfill;

/// <summary>
/// A declared class with the way to make it: a constructor, or a static <c>Create</c> method that returns exactly the
/// declared type; either may take an <see cref="IHostEnvironment"/> first.
/// </summary>
internal sealed class LoadableClass
{
    private const BindingFlags AnyVisibility = BindingFlags.Public | BindingFlags.NonPublic;

    private readonly MethodBase _maker;
    private readonly bool _takesEnvironment;

    private LoadableClass(Type type, int parameterCount, MethodBase maker, bool takesEnvironment)
    {
        Type = type;
        ParameterCount = parameterCount;
        _maker = maker;
        _takesEnvironment = takesEnvironment;
    }

    public Type Type { get; }

    /// <summary>How many parameters the signature has, without the environment.</summary>
    public int ParameterCount { get; }

    /// <summary>Null when the class has nothing that fits the signature.</summary>
    public static LoadableClass TryBind(LoadableClassAttributeBase attribute)
    {
        var (type, loader, parameters) = (attribute.InstanceType, attribute.LoaderType, attribute.CtorTypes);
        Type[] withEnvironment = [typeof(IHostEnvironment), .. parameters];

        MethodBase constructor = null;
        if (type.IsAssignableFrom(loader))
            constructor = FindConstructor(loader, parameters) ?? FindConstructor(loader, withEnvironment);
        MethodBase create = FindCreate(type, loader, parameters) ?? FindCreate(type, loader, withEnvironment);

        if (constructor != null && create != null && Openness(constructor) == Openness(create))
        {
            throw Contracts.Except($"Can't load type {type}, because it has both create and constructor methods with the same " +
                "visibility. Please indicate which one should be used by changing either the signature or the visibility of one of them.");
        }
        var maker = constructor != null && (create == null || Openness(constructor) > Openness(create)) ? constructor : create;
        return maker == null
            ? null
            : new LoadableClass(type, parameters.Length, maker, maker.GetParameters().Length > parameters.Length);
    }

    public object Create(IHostEnvironment env, object[] args)
    {
        object[] all = _takesEnvironment ? [env, .. args] : args;
        try
        {
            return _maker is ConstructorInfo constructor ? constructor.Invoke(all) : _maker.Invoke(null, all);
        }
        catch (TargetInvocationException ex) when (ex.InnerException?.IsMarked() == true)
        {
            throw Contracts.Except(ex, "Error during class instantiation");
        }
    }

    private static ConstructorInfo FindConstructor(Type loader, Type[] parameters)
        => loader.GetConstructor(BindingFlags.Instance | AnyVisibility, parameters);

    private static MethodInfo FindCreate(Type type, Type loader, Type[] parameters)
    {
        var method = loader.GetMethod("Create", BindingFlags.Static | AnyVisibility, parameters);
        return method?.ReturnType == type ? method : null;
    }

    private static int Openness(MethodBase method) => (method.Attributes & MethodAttributes.MemberAccessMask) switch
    {
        MethodAttributes.Public => 5,
        MethodAttributes.Assembly => 4,
        MethodAttributes.FamORAssem => 3,
        MethodAttributes.Family => 2,
        MethodAttributes.Private => 1,
        _ => 0,
    };
}
