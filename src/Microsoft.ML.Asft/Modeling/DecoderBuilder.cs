using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Modeling.Operators.Attention;
using Microsoft.ML.Asft.Modeling.Operators.Dropout;
using Microsoft.ML.Asft.Modeling.Operators.Experts;
using Microsoft.ML.Asft.Modeling.Operators.FeedForward;
using Microsoft.ML.Asft.Modeling.Operators.Norms;
using Microsoft.ML.Asft.Modeling.Operators.Projections;
using Microsoft.ML.Asft.Modeling.Storage;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>
/// Builds operators from a configuration, and layers from operators. Both executors run the layers that are built here.
/// </summary>
/// <param name="config">The configuration.</param>
/// <param name="weights">Returns the weight with a given name and shape.</param>
/// <param name="dtype">The format of products.</param>
/// <param name="stored">
/// Returns a projection's weight with a given name and shape if it is stored in another format than that of products; otherwise <see langword="null"/>.
/// </param>
internal sealed class DecoderBuilder(
    ModelConfig config, Func<string, long[], Tensor> weights, ScalarType dtype, Func<string, long[], StoredWeight?>? stored)
{
    /// <summary>Builds a layer: <c>x += attention(norm(x)); x += feedForward(norm(x))</c>, with the norms before or after the body, or both.</summary>
    /// <param name="index">The layer, from 0.</param>
    public DecoderLayer Layer(int index)
    {
        string prefix = $"model.layers.{index}.";
        var attention = Attention(index, prefix);
        BranchBody feedForward = config.UsesExperts(index) ? Experts(index, prefix) : FeedForward(index, prefix);
        var modules = new List<(string Name, nn.Module Module)>
        {
            ("self_attn", attention), (config.UsesExperts(index) ? config.ExpertNames.Block : "mlp", feedForward),
        };

        var names = NormNames.Of(config.NormPlacement);
        ResidualBranch[] branches =
        [
            Branch(names.BeforeAttention, attention, names.AfterAttention), Branch(names.BeforeFeedForward, feedForward, names.AfterFeedForward),
        ];
        return new DecoderLayer(branches, modules);

        ResidualBranch Branch(string? before, BranchBody body, string? after) =>
            new(NormOf(before), body, NormOf(after), config.ResidualMultiplier, config.HiddenSize);

        RmsNorm? NormOf(string? name)
        {
            if (name is null)
            {
                return null;
            }

            var norm = Norm($"{prefix}{name}", config.HiddenSize);
            modules.Add((name, norm));
            return norm;
        }
    }

    /// <summary>Builds a norm.</summary>
    /// <param name="name">The full name.</param>
    /// <param name="width">The length of its rows.</param>
    public RmsNorm Norm(string name, long width) => new(weights($"{name}.weight", [width]), config.RmsNormEps, config.NormsRoundLast, config.NormOffset);

    private SelfAttention Attention(int index, string prefix)
    {
        (long hidden, long d) = (config.HiddenSize, config.HeadDim);
        (long queries, long keys) = (config.NumAttentionHeads * d, config.NumKeyValueHeads * d);
        uint seed = DropoutSeedOf(index);
        var settings = new AttentionSettings(index, config.NumKeyValueHeads, config.HeadDim)
        {
            Window = config.UsesSlidingWindow(index) ? config.SlidingWindow : null,
            UsesRotary = config.UsesRotaryEmbedding(index),
            Scale = config.AttentionScale,
            SoftCap = config.AttentionSoftCap,
        };
        if (config.FusesProjections)
        {
            return new SelfAttention(
                settings,
                Projection($"{prefix}self_attn.qkv_proj", queries + (2 * keys), hidden, config.AttentionBias, seed),
                Projection($"{prefix}self_attn.o_proj", hidden, queries, config.OutputProjectionBias, seed + 3));
        }

        return new SelfAttention(
            settings,
            Projection($"{prefix}self_attn.q_proj", queries, hidden, config.AttentionBias, seed),
            Projection($"{prefix}self_attn.k_proj", keys, hidden, config.AttentionBias, seed + 1),
            Projection($"{prefix}self_attn.v_proj", keys, hidden, config.AttentionBias, seed + 2),
            Projection($"{prefix}self_attn.o_proj", hidden, queries, config.OutputProjectionBias, seed + 3),
            config.QueryKeyNorm ? Norm($"{prefix}self_attn.q_norm", config.NormalizesWholeProjection ? queries : d) : null,
            config.QueryKeyNorm ? Norm($"{prefix}self_attn.k_norm", config.NormalizesWholeProjection ? keys : d) : null);
    }

    private GatedFeedForward FeedForward(int index, string prefix)
    {
        (long hidden, long inner) = (config.HiddenSize, config.IntermediateSize);
        uint seed = DropoutSeedOf(index) + 4;
        if (config.FusesProjections)
        {
            return new GatedFeedForward(
                Projection($"{prefix}mlp.gate_up_proj", 2 * inner, hidden, config.MlpBias, seed),
                Projection($"{prefix}mlp.down_proj", hidden, inner, config.MlpBias, seed + 2),
                config.Activation);
        }

        return new GatedFeedForward(
            Projection($"{prefix}mlp.gate_proj", inner, hidden, config.MlpBias, seed),
            Projection($"{prefix}mlp.up_proj", inner, hidden, config.MlpBias, seed + 1),
            Projection($"{prefix}mlp.down_proj", hidden, inner, config.MlpBias, seed + 2),
            config.Activation);
    }

    private MixtureOfExperts Experts(int index, string prefix)
    {
        var (settings, names) = (config.Experts!, config.ExpertNames);
        (long hidden, long inner) = (config.HiddenSize, settings.IntermediateSize);
        uint seed = DropoutSeedOf(index) + 4;
        string gate = $"{prefix}{names.Block}.gate.weight";     // always in the format of products: it is small, and decides which experts compute
        var router = new LoraLinear(weights(gate, [settings.Count, hidden])) { DropoutSeed = seed };
        return new MixtureOfExperts(settings, router, [.. Enumerable.Range(0, settings.Count).Select(Expert)]);

        GatedFeedForward Expert(int i)
        {
            string expert = $"{prefix}{names.Block}.experts.{i}.";
            uint first = seed + 1 + (3 * (uint)i);
            return new GatedFeedForward(
                Projection($"{expert}{names.Gate}", inner, hidden, bias: false, first),
                Projection($"{expert}{names.Up}", inner, hidden, bias: false, first + 1),
                Projection($"{expert}{names.Down}", hidden, inner, bias: false, first + 2),
                config.Activation,
                names);
        }
    }

    private LoraLinear Projection(string name, long outputs, long inputs, bool bias, uint dropoutSeed)
    {
        (string weight, long[] shape) = ($"{name}.weight", [outputs, inputs]);
        var b = bias ? weights($"{name}.bias", [outputs]) : null;
        return stored?.Invoke(weight, shape) is { } w
            ? new LoraLinear(w, dtype, b) { DropoutSeed = dropoutSeed }
            : new LoraLinear(weights(weight, shape), b) { DropoutSeed = dropoutSeed };
    }

    // Depends only on the layer, so a projection's dropout does not depend on which other projections have adapters.
    private static uint DropoutSeedOf(int layer) => DropoutMask.Mix((uint)layer + 1);
}
