namespace Microsoft.ML;

/// <summary>Makes random generators.</summary>
internal static class RandomUtils
{
    public static TauswortheHybrid Create(int? seed) => seed is { } value ? Create(value) : Create(new Random());

    public static TauswortheHybrid Create(int seed) => new((uint)seed);

    public static TauswortheHybrid Create(uint seed) => new(seed);

    public static TauswortheHybrid Create(Random seed) => new(seed);
}
