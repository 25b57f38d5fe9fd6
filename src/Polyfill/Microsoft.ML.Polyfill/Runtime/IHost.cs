namespace Microsoft.ML.Runtime;

/// <summary>The environment as one component sees it, with its own source of randomness.</summary>
public interface IHost : IHostEnvironment
{
    Random Rand { get; }
}
