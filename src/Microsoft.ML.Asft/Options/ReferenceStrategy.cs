namespace Microsoft.ML.Asft.Options;

/// <summary>How the hidden states of the anchor's reference are computed. The reference is always the model before fine-tuning.</summary>
public enum ReferenceStrategy
{
    /// <summary>
    /// <see cref="Cached"/> if examples are used more than once or every parameter is trained, and the cache is within
    /// <see cref="ReferenceOptions.CacheBytes"/>. Otherwise <see cref="AdapterOff"/> with LoRA and <see cref="Frozen"/> without.
    /// </summary>
    Auto,

    /// <summary>A second forward pass with the same weights and the adapters switched off. It needs LoRA and no further memory for weights.</summary>
    AdapterOff,

    /// <summary>A second forward pass with a frozen copy of the model. It works for every model from a folder, and needs memory for a second model.</summary>
    Frozen,

    /// <summary>
    /// Hidden states at labelled positions, computed once for each example before the first step. In bfloat16 a labelled token takes two bytes
    /// for each unit of the hidden size: 1.8 kB at 896. After that a step costs as much as without an anchor, and no second model is needed.
    /// </summary>
    Cached,
}
