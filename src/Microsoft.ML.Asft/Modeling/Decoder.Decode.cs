using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Modeling.Kernels;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

// One token of each sequence on the CPU, without tensors in the loop over layers.
internal sealed partial class Decoder : IStepDecoder
{
    /// <inheritdoc/>
    /// <remarks>Not with adapters in training, whose dropout needs tensors, and not with layers that several workers divide.</remarks>
    public bool CanDecode =>
        ElementTypes.Supports(_head.dtype, _head.device_type) && !is_grad_enabled() && !training && LayerWeights is null;

    /// <inheritdoc/>
    public unsafe void Decode(ReadOnlySpan<long> tokenIds, KeyValueCache cache, Span<float> logits)
    {
        var pass = ((DecoderCache)cache).Pass;
        using var memory = pass.Open();
        (int rows, int vocabulary) = (tokenIds.Length, (int)_head.shape[0]);
        float* hidden = HiddenStates(tokenIds, pass);
        float* product = pass.Numbers((long)rows * vocabulary);
        DecodeProduct.Run([new DecodeProduct(pass.Weight(_head, vocabulary, Config.HiddenSize), hidden, product, vocabulary)], rows);
        for (int row = 0; row < rows; row++)
        {
            var target = logits.Slice(row * vocabulary, vocabulary);
            new ReadOnlySpan<float>(product + ((long)row * vocabulary), vocabulary).CopyTo(target);
            LogitTransform.Apply(target);
        }
    }

    private unsafe Tensor Decode(Tensor inputIds, DecoderCache cache)
    {
        var pass = cache.Pass;
        using var memory = pass.Open();
        float* hidden = HiddenStates(inputIds.reshape(-1).data<long>().ToArray(), pass);
        var result = empty([inputIds.shape[0], 1, Config.HiddenSize], ScalarType.Float32);
        new ReadOnlySpan<float>(hidden, (int)result.NumberOfElements).CopyTo(new Span<float>(Memory.Of<float>(result), (int)result.NumberOfElements));
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
        float* x = pass.Numbers((long)rows * Config.HiddenSize);
        Embedding.Decode(tokenIds, x);
        foreach (var layer in Layers)
        {
            layer.Decode(x, rows, pass);
        }

        cache.Advance(tokenIds, 1);
        return Norm.Decode(x, x, rows, pass);
    }
}
