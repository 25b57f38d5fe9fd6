using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Modeling.Kernels;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

// One token of each sequence on the CPU, without tensors in the loop over layers.
internal sealed partial class Decoder
{
    /// <summary>Gets or sets whether decoding on the CPU too uses libtorch's operators, as it does on a GPU. Tests and benchmarks set it.</summary>
    public bool DecodesByOperators { get; set; }

    /// <summary>Gets whether it decodes without tensors now: on the CPU, in a number format with kernels, without gradients.</summary>
    /// <remarks>Not with adapters in training, whose dropout needs tensors, and not with layers that several workers divide.</remarks>
    public bool CanDecode =>
        !DecodesByOperators && ElementTypes.Supports(_head.dtype, _head.device_type) && !is_grad_enabled() && !training && LayerWeights is null;

    /// <summary>Appends one token to each sequence and computes its logits.</summary>
    /// <param name="tokenIds">The new token of each sequence.</param>
    /// <param name="cache">The keys and values of the tokens so far.</param>
    /// <param name="logits">Receives the logits, (rows, V), after <see cref="CausalLanguageModel.LogitTransform"/>.</param>
    public unsafe void Decode(ReadOnlySpan<long> tokenIds, KeyValueCache cache, Span<float> logits)
    {
        var pass = ((DecoderCache)cache).Pass;
        using var memory = pass.Open();
        (int rows, int vocabulary) = (tokenIds.Length, (int)_head.shape[0]);
        float* hidden = HiddenStates(tokenIds, pass);
        fixed (float* product = logits)
        {
            DecodeProduct.Run([new DecodeProduct(pass.Weight(_head), hidden, product, vocabulary)], rows);
        }

        LogitTransform.Apply(logits[..(rows * vocabulary)]);
    }

    private unsafe Tensor Decode(Tensor inputIds, DecoderCache cache)
    {
        var pass = cache.Pass;
        using var memory = pass.Open();
        float* hidden = HiddenStates(inputIds.reshape(-1).data<long>().ToArray(), pass);
        var result = empty([inputIds.shape[0], 1, Config.HiddenSize], ScalarType.Float32);
        new ReadOnlySpan<float>(hidden, (int)result.NumberOfElements).CopyTo(new Span<float>(TensorMemory.Of<float>(result), (int)result.NumberOfElements));
        return result.to_type(_head.dtype);
    }

    // The hidden states after the last norm, (rows, H), in the pass's memory.
    private unsafe float* HiddenStates(ReadOnlySpan<long> tokenIds, DecodePass pass)
    {
        var cache = pass.Cache;
        int rows = tokenIds.Length;
        RecomputeOutgrown(cache, added: 1);
        cache.Reserve(rows, cache.Longest + 1);
        pass.Rotary = _rotary.Next(cache.Lengths, pass);
        pass.WindowedRotary = _windowedRotary?.Next(cache.Lengths, pass) ?? pass.Rotary;
        float* x = pass.Allocate((long)rows * Config.HiddenSize);
        Embedding.Decode(tokenIds, x);
        foreach (var layer in Layers)
        {
            layer.Decode(x, rows, pass);
        }

        cache.Advance(tokenIds, 1);
        return Norm.Decode(x, x, rows, pass);
    }
}
