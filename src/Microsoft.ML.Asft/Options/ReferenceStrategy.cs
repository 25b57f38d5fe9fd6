namespace Microsoft.ML.Asft.Options;

/// <summary>Where the anchor's reference hidden states come from: always the model as it was before fine-tuning.</summary>
public enum ReferenceStrategy
{
    /// <summary>
    /// <see cref="Cached"/> where examples are visited more than once or every parameter is trained, and the cache stays within
    /// <see cref="ReferenceOptions.CacheBytes"/>; else <see cref="AdapterOff"/> with LoRA and <see cref="Frozen"/> without.
    /// </summary>
    Auto,

    /// <summary>A second forward pass through the same weights with the adapters off. Needs LoRA; costs no memory.</summary>
    AdapterOff,

    /// <summary>A second forward pass through a frozen copy of the model. Works always; costs a second model.</summary>
    Frozen,

    /// <summary>
    /// Hidden states at labelled positions, computed once for each example before the first step: two bytes a number in
    /// bfloat16, 1.8 kB a token at width 896. Later steps cost what plain fine-tuning costs, and no second model is needed.
    /// </summary>
    Cached,
}
