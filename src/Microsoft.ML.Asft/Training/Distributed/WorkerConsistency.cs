using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.ML.Asft.Checkpoints.Fingerprints;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Training.Checkpointing;
using TorchSharp.Modules;

namespace Microsoft.ML.Asft.Training.Distributed;

/// <summary>Checks before training that all workers have the same model, data, options and version of the library.</summary>
internal static class WorkerConsistency
{
    /// <summary>Compares the runs of all workers.</summary>
    /// <exception cref="InvalidOperationException">
    /// Something differs. The message names it, its values and the workers. Every worker throws it.
    /// </exception>
    public static void Check(
        IWorkerGroup workers, AsftOptions options, RunIdentity identity, IReadOnlyList<(string Name, Parameter Parameter)> trained, LoadedModel loaded, ExampleSet? validation)
    {
        if (workers.Size > 1)
        {
            Check(workers, Facts(options, identity, trained, loaded, validation));
        }
    }

    /// <summary>Compares facts by their names.</summary>
    public static void Check(IWorkerGroup workers, SortedDictionary<string, string> own)
    {
        string text = JsonSerializer.Serialize(own);
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(text));
        byte[] hashes = new byte[hash.Length * workers.Size];
        workers.AllGather(hash, hashes);
        if (hashes.Chunk(hash.Length).All(other => other.AsSpan().SequenceEqual(hash)))
        {
            return;   // every worker sees the same hashes, so all return here or none does
        }

        var all = workers.Gather(text).Select(facts => JsonSerializer.Deserialize<Dictionary<string, string>>(facts)!).ToArray();
        var differences = all.SelectMany(facts => facts.Keys).Distinct().Order(StringComparer.Ordinal)
            .Select(name => (Name: name, Values: all.Select((facts, rank) => (Value: facts.GetValueOrDefault(name, "not there"), Rank: rank))
                .GroupBy(fact => fact.Value, fact => fact.Rank).ToArray()))
            .Where(fact => fact.Values.Length > 1)
            .Select(fact => $"{fact.Name} is {string.Join(" and ", DifferingText.Of([.. fact.Values.Select(value => value.Key)])
                .Zip(fact.Values, (shown, value) => $"{shown} for {Name([.. value])}"))}");
        throw CollectiveFailure.Mark(new InvalidOperationException(
            $"The workers do not have the same settings: {string.Join("; ", differences)}. Start all workers with the same model, data and options."));
    }

    private static string Name(int[] ranks) => ranks.Length == 1 ? $"worker {ranks[0]}" : $"workers {string.Join(", ", ranks)}";

    private static SortedDictionary<string, string> Facts(
        AsftOptions options, RunIdentity identity, IReadOnlyList<(string Name, Parameter Parameter)> trained, LoadedModel loaded, ExampleSet? validation)
    {
        var facts = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in identity.Essentials.Concat(identity.Settings))
        {
            facts[name] = value;
        }

        // These do not belong to a run's identity, but they decide which collective operations the workers call.
        facts["the library's version"] = typeof(AsftOptions).Assembly.GetName().Version!.ToString();
        facts["the validation data"] = validation is null ? "none" : EncodedExample.HashOf(validation.Examples);
        facts["the device"] = loaded.Model.HeadWeight.device_type.ToString();
        foreach (var fact in OptionFact.Of(options).Where(fact => fact.Scope.Workers != Comparison.None && !facts.ContainsKey(fact.Path)))
        {
            facts[fact.Path] = fact.Scope.Workers == Comparison.MustMatch ? fact.Text : fact.Text.Length == 0 ? "" : "set";
        }

        if (loaded.Adapters is not null || loaded.Fingerprint is null)
        {
            facts["the values of the trained parameters"] = HashOf(trained);
        }

        return facts;
    }

    private static string HashOf(IEnumerable<(string Name, Parameter Parameter)> parameters)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (_, parameter) in parameters)
        {
            hash.AppendTensor(parameter);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
