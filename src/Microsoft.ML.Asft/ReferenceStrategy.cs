namespace Microsoft.ML.Asft;

/// <summary>Where the anchor's reference hidden states come from: always the model as it was before fine-tuning.</summary>
public enum ReferenceStrategy
{
    /// <summary><see cref="AdapterOff"/> with LoRA, <see cref="Frozen"/> without.</summary>
    Auto,

    /// <summary>A second forward pass through the same weights with the adapters off. Needs LoRA; costs no memory.</summary>
    AdapterOff,

    /// <summary>A second forward pass through a frozen copy of the model. Works always; costs a second model.</summary>
    Frozen,
}
