namespace Microsoft.ML.Asft.Modeling;

/// <summary>A model that computes one token of each sequence of a cache without tensors.</summary>
internal interface IStepDecoder
{
    /// <summary>Gets whether it can now: on the CPU, in a number format with kernels, without gradients.</summary>
    bool CanDecode { get; }

    /// <summary>Appends one token to each sequence and computes its logits.</summary>
    /// <param name="tokenIds">The new token of each sequence.</param>
    /// <param name="cache">The keys and values of the tokens so far.</param>
    /// <param name="logits">Receives the logits, (rows, V), after <see cref="CausalLanguageModel.LogitTransform"/>.</param>
    void Decode(ReadOnlySpan<long> tokenIds, KeyValueCache cache, Span<float> logits);
}
