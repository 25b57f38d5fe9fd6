using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>What a <see cref="LoadableClassAttribute"/> says.</summary>
internal abstract class LoadableClassAttributeBase : Attribute
{
    protected LoadableClassAttributeBase(
        string summary, Type instType, Type loaderType, Type argType, Type[] sigTypes, string userName, params string[] loadNames)
    {
        Contracts.CheckValue(instType, nameof(instType));
        Contracts.CheckValue(loaderType, nameof(loaderType));
        Contracts.CheckNonEmpty(sigTypes, nameof(sigTypes));
        if (loadNames is not { Length: > 0 })
            loadNames = [userName];
        if (loadNames.Any(string.IsNullOrWhiteSpace))
            throw Contracts.ExceptEmpty(nameof(loadNames), "LoadableClass loadName parameter can't be empty");

        InstanceType = instType;
        LoaderType = loaderType;
        ArgType = argType;
        SigTypes = sigTypes;
        Summary = summary;
        UserName = userName;
        LoadNames = loadNames;
        var parameters = sigTypes.Select(ParametersOf).ToArray();
        Contracts.CheckParam(parameters.All(types => types.SequenceEqual(parameters[0])), nameof(sigTypes),
            "LoadableClass signatures must have the same set of parameters");
        CtorTypes = argType == null ? parameters[0] : [argType, .. parameters[0]];
    }

    /// <summary>What is made.</summary>
    public Type InstanceType { get; }

    /// <summary>Where the constructor or the Create method stands.</summary>
    public Type LoaderType { get; }

    /// <summary>The type of the command line settings, when there are any.</summary>
    public Type ArgType { get; }

    /// <summary>Delegate types, whose parameters are those of the constructor.</summary>
    public Type[] SigTypes { get; }

    public Type[] CtorTypes { get; }

    public string Summary { get; }

    public string UserName { get; }

    public string[] LoadNames { get; }

    private static Type[] ParametersOf(Type signature)
    {
        Contracts.CheckValue(signature, nameof(signature));
        var invoke = signature.BaseType == typeof(MulticastDelegate) ? signature.GetMethod("Invoke") : null;
        Contracts.CheckParam(invoke != null, "sigTypes", "LoadableClass signature type must be a delegate type");
        Contracts.CheckParam(invoke.ReturnType == typeof(void), "sigTypes",
            "LoadableClass signature type must be a delegate type with void return");
        return [.. invoke.GetParameters().Select(parameter => parameter.ParameterType)];
    }
}
