namespace Microsoft.ML.Asft.Generation;

/// <summary>
/// Random numbers by seed and position (SplitMix64, Steele et al. 2014, doi 10.1145/2660193.2660195). The number at a position does not
/// depend on other draws.
/// </summary>
/// <param name="Value">The seed, which <see cref="GenerationOptions.Seed"/> takes too.</param>
public readonly record struct SamplingSeed(long Value)
{
    private const ulong Step = 0x9E3779B97F4A7C15;

    /// <summary>The given seed, or a new one.</summary>
    /// <param name="seed">The seed; <see langword="null"/> for a new one.</param>
    public static SamplingSeed Of(long? seed) => new(seed ?? Random.Shared.NextInt64());

    /// <summary>The seed of one item: a sample of a prompt, or a row of a data view.</summary>
    /// <param name="index">The item.</param>
    public SamplingSeed For(long index) => new((long)Mix(Mix((ulong)Value) + ((ulong)index * Step)));

    /// <summary>A number from 0 to 1 (exclusive).</summary>
    /// <param name="place">Which of the seed's numbers, from 0.</param>
    public double Uniform(int place) => (Mix(Mix((ulong)Value) ^ (((ulong)place + 1) * Step)) >> 11) * (1.0 / (1UL << 53));

    private static ulong Mix(ulong x)
    {
        x += Step;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
