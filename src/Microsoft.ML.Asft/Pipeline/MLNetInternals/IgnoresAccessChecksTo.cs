using System.Runtime.CompilerServices;

[assembly: IgnoresAccessChecksTo("Microsoft.ML.Core")]
[assembly: IgnoresAccessChecksTo("Microsoft.ML.Data")]

#pragma warning disable IDE0130   // the runtime looks for it here
namespace System.Runtime.CompilerServices;

/// <summary>Known to the runtime by its name: this assembly may call the internal members of another.</summary>
/// <param name="assemblyName">Simple name of the other assembly.</param>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
internal sealed class IgnoresAccessChecksToAttribute(string assemblyName) : Attribute
{
    public string AssemblyName { get; } = assemblyName;
}
