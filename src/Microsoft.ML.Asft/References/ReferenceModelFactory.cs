using System.Globalization;
using System.Security.Cryptography;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Modeling.Operators.Projections;
using Microsoft.ML.Asft.Modeling.Storage;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Training;

namespace Microsoft.ML.Asft.References;

/// <summary>Creates the reference model that the options ask for.</summary>
internal static class ReferenceModelFactory
{
    /// <summary>Creates the reference for training. If it is cached, this computes the cache.</summary>
    /// <param name="loaded">The model before training.</param>
    /// <param name="runner">Runs the model.</param>
    /// <param name="options">The strategy and the limit of the cache.</param>
    /// <param name="examples">The training examples. Their order must depend only on the data and the seed.</param>
    /// <param name="measured">The validation examples. They do not change the hidden states of the training examples.</param>
    /// <param name="isRepeated">Whether some example is used more than once.</param>
    /// <param name="headIsTrained">Whether training changes the head.</param>
    /// <exception cref="InvalidOperationException">The strategy does not fit the model, or the cache is larger than its limit.</exception>
    public static IReferenceModel ForTraining(
        LoadedModel loaded, BatchRunner runner, AsftOptions options, IReadOnlyList<EncodedExample> examples,
        IReadOnlyList<EncodedExample> measured, bool isRepeated, bool headIsTrained)
    {
        long bytes = CachedReference.SizeOf(examples.Concat(measured), loaded.Model);
        return IsCached(options.Reference, bytes, isRepeated, loaded.Adapters is not null)
            ? Cached(loaded, runner, options, examples, measured, headIsTrained)
            : For(loaded, runner, options);
    }

    /// <summary>Decides whether training caches its reference.</summary>
    /// <param name="options">The strategy and the limit of the cache.</param>
    /// <param name="bytes">The size that the cache would have.</param>
    /// <param name="isRepeated">Whether some example is used more than once.</param>
    /// <param name="hasAdapters">Whether adapters are trained.</param>
    public static bool IsCached(ReferenceOptions options, long bytes, bool isRepeated, bool hasAdapters) =>
        options.Strategy == ReferenceStrategy.Cached
        || (options.Strategy == ReferenceStrategy.Auto && bytes <= options.CacheBytes && (isRepeated || !hasAdapters));

    /// <summary>Computes the reference's hidden states, or opens the file that has them.</summary>
    /// <inheritdoc cref="ForTraining"/>
    public static CachedReference Cached(
        LoadedModel loaded, BatchRunner runner, AsftOptions options, IReadOnlyList<EncodedExample> examples, IReadOnlyList<EncodedExample> measured,
        bool headIsTrained)
    {
        EncodedExample[] all = [.. examples, .. measured];
        long bytes = CachedReference.SizeOf(all, loaded.Model);
        if (bytes > options.Reference.CacheBytes)
        {
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture,
                $"The reference's hidden states of {all.Length:N0} examples take {bytes:N0} bytes, but Reference.CacheBytes "
                + $"allows {options.Reference.CacheBytes:N0}. Raise it, or choose another Reference.Strategy. If memory is "
                + $"short, also set Reference.CachePath to keep the cache in a file."));
        }

        long rowBytes = loaded.Model.HeadWeight.shape[1] * loaded.Model.HeadWeight.ElementSize;
        var store = options.Reference.CachePath is { } path
            ? HiddenStateStore.InFile(path, bytes / rowBytes, rowBytes, FingerprintOf(loaded, options, all), options.Runtime.WorkerGroup)
            : HiddenStateStore.InMemory(bytes / rowBytes, rowBytes);
        return CachedReference.Fill(
            new AdapterOffReference(loaded.Model, runner), loaded.Model, [examples, measured], store,
            headIsTrained, options);
    }

    private static string FingerprintOf(LoadedModel loaded, AsftOptions options, IReadOnlyList<EncodedExample> examples)
    {
        string model = loaded.Fingerprint ?? throw new InvalidOperationException(
            $"A model made in code has no fingerprint, so a file with its hidden states could be mistaken for another model's. Leave Reference.CachePath out.");
        string setting = $"{model} {loaded.Format} {loaded.Model.HeadWeight.device_type} {options.BatchSize} {EncodedExample.HashOf(examples)}";
        return Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(setting)));
    }

    /// <summary>Creates the reference for evaluation; it is never cached.</summary>
    /// <exception cref="InvalidOperationException">The strategy does not fit the model.</exception>
    public static IReferenceModel For(LoadedModel loaded, BatchRunner runner, AsftOptions options)
    {
        bool hasAdapters = loaded.Adapters is not null;
        if (!hasAdapters && !loaded.IsTrainedInFull)
        {
            return new AdapterOffReference(loaded.Model, runner);  // an untrained model is its own reference
        }

        var strategy = options.Reference.Strategy is not (ReferenceStrategy.Auto or ReferenceStrategy.Cached) ? options.Reference.Strategy
            : hasAdapters ? ReferenceStrategy.AdapterOff : ReferenceStrategy.Frozen;
        if (strategy == ReferenceStrategy.AdapterOff)
        {
            return hasAdapters ? new AdapterOffReference(loaded.Model, runner) : throw new InvalidOperationException(
                $"Reference.Strategy is {nameof(ReferenceStrategy.AdapterOff)}, but the model has no adapters to switch off. "
                + $"Use {nameof(ReferenceStrategy.Frozen)}, or set {nameof(AsftOptions.Lora)}.");
        }

        if (loaded.Folder is null)
        {
            throw new InvalidOperationException(
                $"A model made in code cannot be copied as the reference. Set {nameof(AsftOptions.Lora)} and build its projections of "
                + $"{nameof(LoraLinear)}, or choose an {nameof(AsftOptions.Objective)} that needs no reference.");
        }

        return new FrozenReference(DecoderLoader.Load(
            loaded.Folder, loaded.Format ?? new ModelFormat(loaded.Model.HeadWeight.dtype), loaded.Model.HeadWeight.device, (int)loaded.Model.HeadWeight.shape[0],
            warn: _ => { }));  // loading the model itself has already logged the warnings
    }
}
