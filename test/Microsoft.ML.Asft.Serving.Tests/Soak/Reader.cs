namespace Microsoft.ML.Asft.Serving.Tests.Soak;

/// <summary>Something that reads what others wrote, and must survive whatever that is.</summary>
/// <param name="Name">What reports call it.</param>
/// <param name="Share">Its part of all mutations.</param>
/// <param name="Seeds">Valid inputs.</param>
/// <param name="Mutate">Spoils one.</param>
/// <param name="PassesFirstCheck">Whether an input looks right from afar, such as JSON that is an object; told without the reader itself.</param>
/// <param name="Read">Reads an input, or throws what tells the user why not.</param>
/// <param name="Places">Of these an error's message has one: where the input is, or which part of it.</param>
internal sealed record Reader(
    string Name, double Share, IReadOnlyList<byte[]> Seeds, Func<Random, byte[], byte[]> Mutate, Func<byte[], bool> PassesFirstCheck, Action<byte[]> Read,
    params IReadOnlyList<string> Places);
