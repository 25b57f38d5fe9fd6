using Microsoft.ML.Asft.Checkpoints.Configuration;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Operators.Experts;

/// <summary>
/// Which experts each of N tokens uses, and with which weights. A token uses the K experts with the highest probabilities: the softmax of the
/// router's logits over all E experts, in float32. The weights are these probabilities, divided by their sum if the model does so, and
/// rounded to the model's number format.
/// </summary>
internal sealed class ExpertRouting : IDisposable
{
    private readonly Tensor _probabilities;   // float32 (N, E)
    private readonly Tensor _chosen;          // int64 (N, K)
    private readonly Tensor _weights;         // (N, K)
    private readonly ExpertSettings _settings;

    /// <summary>Chooses the experts. It uses libtorch's operators, so that autograd works through the weights.</summary>
    /// <param name="logits">The router's logits, (N, E).</param>
    /// <param name="settings">The settings of the experts.</param>
    public ExpertRouting(Tensor logits, ExpertSettings settings)
    {
        _settings = settings;
        _probabilities = logits.softmax(-1, ScalarType.Float32);
        (var weights, _chosen) = _probabilities.topk(settings.PerToken, dim: -1);
        _weights = (settings.NormalizesWeights ? weights.div(weights.sum(-1, keepdim: true)) : weights).to_type(logits.dtype);
        Parts = [.. Divide(_chosen.reshape(-1).cpu().data<long>().ToArray())];
    }

    /// <summary>Gets the experts that tokens use, in order, with their tokens.</summary>
    public IReadOnlyList<Part> Parts { get; }

    /// <summary>The weights of an expert's tokens, (n, 1).</summary>
    public Tensor WeightsOf(Part part) => _weights.reshape(-1).index_select(0, Index(part.Slots)).unsqueeze(1);

    /// <summary>Row numbers as a tensor on the model's device.</summary>
    public Tensor Index(long[] rows) => tensor(rows, ScalarType.Int64, _weights.device);

    /// <summary>Keeps the tensors until the routing is disposed of.</summary>
    public ExpertRouting Keep()
    {
        foreach (var tensor in (Tensor[])[_probabilities, _chosen, _weights])
        {
            tensor.DetachFromDisposeScope();
        }

        return this;
    }

    /// <summary>The backward pass, through the weights. The choice of experts has no gradient.</summary>
    /// <param name="weightGradient">The gradient of the weights, float32 (N, K).</param>
    /// <returns>The gradient of the router's logits, float32 (N, E).</returns>
    public Tensor Backward(Tensor weightGradient)
    {
        if (_settings.NormalizesWeights)
        {
            // w = p / Σp: dp = (dw − Σ w·dw) / Σp.
            var chosen = _probabilities.gather(1, _chosen);
            var sum = chosen.sum(-1, keepdim: true);
            weightGradient = weightGradient.sub(weightGradient.mul(chosen.div(sum)).sum(-1, keepdim: true)).div(sum);
        }

        var gradient = zeros_like(_probabilities).scatter_(1, _chosen, weightGradient);
        return _probabilities.mul(gradient.sub(gradient.mul(_probabilities).sum(-1, keepdim: true)));     // of softmax
    }

    public void Dispose()
    {
        _probabilities.Dispose();
        _chosen.Dispose();
        _weights.Dispose();
    }

    private IEnumerable<Part> Divide(long[] chosen)
    {
        var slots = new List<long>?[_settings.Count];
        for (int slot = 0; slot < chosen.Length; slot++)
        {
            (slots[chosen[slot]] ??= []).Add(slot);
        }

        long start = 0;
        for (int expert = 0; expert < slots.Length; expert++)
        {
            if (slots[expert] is { } own)
            {
                yield return new Part(expert, start, [.. own.Select(slot => slot / _settings.PerToken)], [.. own]);
                start += own.Count;
            }
        }
    }

    /// <summary>An expert and the tokens that use it.</summary>
    /// <param name="Expert">The number of the expert, from 0.</param>
    /// <param name="Start">The number of rows that the experts before it compute.</param>
    /// <param name="Tokens">The numbers of the tokens, in ascending order.</param>
    /// <param name="Slots">The position of each of the tokens' choices among all N·K.</param>
    internal sealed record Part(int Expert, long Start, long[] Tokens, long[] Slots);
}
