using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Training;

namespace Microsoft.ML.Asft;

/// <summary>Chooses where the reference comes from.</summary>
internal static class References
{
    /// <exception cref="InvalidOperationException">The strategy asked for does not fit the model.</exception>
    public static IReferenceModel For(LoadedModel loaded, BatchRunner runner, AsftOptions options)
    {
        bool hasAdapters = loaded.Adapters is not null;
        if (!hasAdapters && !loaded.IsTrainedInFull)
        {
            return new AdapterOffReference(loaded.Model, runner);  // still its own reference
        }

        var strategy = options.Reference != ReferenceStrategy.Auto ? options.Reference
            : hasAdapters ? ReferenceStrategy.AdapterOff : ReferenceStrategy.Frozen;
        if (strategy == ReferenceStrategy.AdapterOff)
        {
            return hasAdapters ? new AdapterOffReference(loaded.Model, runner) : throw new InvalidOperationException(
                $"{nameof(AsftOptions.Reference)} is {nameof(ReferenceStrategy.AdapterOff)}, but the model has no adapters to switch off. "
                + $"Use {nameof(ReferenceStrategy.Frozen)}, or set {nameof(AsftOptions.Lora)}.");
        }

        if (loaded.Folder is null)
        {
            throw new InvalidOperationException(
                $"A model made in code cannot be copied for the anchor. Set {nameof(AsftOptions.Lora)} and build its projections of "
                + $"{nameof(LoraLinear)}, or choose an {nameof(AsftOptions.Objective)} without an anchor.");
        }

        return new FrozenReference(Decoder.Load(
            loaded.Folder, LoadedModel.DTypeOf(options.Precision), loaded.Model.HeadWeight.device, (int)loaded.Model.HeadWeight.shape[0]));
    }
}
