using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Checkpoints.Families;

/// <summary>Whether layers have experts: several feed-forward blocks, of which each token uses some (<c>num_experts</c>, <c>num_local_experts</c>).</summary>
internal abstract class ExpertsTrait : ConfigTrait
{
    private const string QwenKey = "num_experts";
    private const string MixtralKey = "num_local_experts";
    private const string PerTokenKey = "num_experts_per_tok";
    private const int MaxExperts = 1 << 12;

    private readonly ExpertNames? _names;

    private ExpertsTrait(ExpertNames? names) => _names = names;

    /// <summary>Gets the trait of a family without experts.</summary>
    public static ExpertsTrait None { get; } = new Absent();

    /// <summary>Gets the trait of Qwen's families. Settings say which layers have experts, all by default, and how wide an expert is.</summary>
    public static ExpertsTrait Qwen { get; } = new Sparse();

    /// <summary>Gets the trait of Mixtral. All layers have experts, of the width <c>intermediate_size</c>.</summary>
    public static ExpertsTrait Mixtral { get; } = new Everywhere();

    public override ModelConfig Default(ModelConfig config) => _names is null ? config
        : With(config, new ExpertSettings(Count: 8, PerToken: 2, config.IntermediateSize));

    public override void Check(ModelConfig config, string file)
    {
        ModelConfigChecks.Demand(
            config.Experts is not null == _names is not null && (_names is null || config.ExpertNames == _names), file, "model_type", "says whether layers have experts");
        if (config.Experts is { } experts)
        {
            ModelConfigChecks.InRange(file, _names == ExpertNames.Qwen ? QwenKey : MixtralKey, experts.Count, MaxExperts);
            ModelConfigChecks.InRange(file, PerTokenKey, experts.PerToken, experts.Count);
        }
    }

    private ModelConfig With(ModelConfig config, ExpertSettings experts) => config with { Experts = experts, ExpertNames = _names! };

    private sealed class Absent() : ExpertsTrait(null)
    {
        public override ModelConfig Read(ModelConfig config, JsonSettings json)
        {
            RefuseIfSet(config, json, QwenKey);
            RefuseIfSet(config, json, MixtralKey);
            return config;
        }
    }

    private sealed class Sparse() : ExpertsTrait(ExpertNames.Qwen)
    {
        private const string WidthKey = "moe_intermediate_size";
        private const string NormalizeKey = "norm_topk_prob";
        private const string StepKey = "decoder_sparse_step";
        private const string DenseKey = "mlp_only_layers";

        // transformers 5 writes Mixtral's key for both families.
        public override ModelConfig Read(ModelConfig config, JsonSettings json) => With(
            config, new ExpertSettings(json.Integer(QwenKey) ?? json.Integer(MixtralKey) ?? 128, json.Integer(PerTokenKey) ?? 8, json.Integer(WidthKey) ?? 768)
            {
                NormalizesWeights = json.Flag(NormalizeKey) ?? false,
                LayerStep = json.Integer(StepKey) ?? 1,
                DenseLayers = json.Integers(DenseKey) ?? [],
            });

        public override void Check(ModelConfig config, string file)
        {
            base.Check(config, file);
            ModelConfigChecks.InRange(file, WidthKey, config.Experts!.IntermediateSize, ModelConfigChecks.MaxSize);
            ModelConfigChecks.InRange(file, StepKey, config.Experts.LayerStep, int.MaxValue);
            ModelConfigChecks.Demand(
                config.Experts.DenseLayers.All(layer => layer >= 0 && layer < config.NumHiddenLayers), file, DenseKey,
                $"names a layer that is not from 0 to {config.NumHiddenLayers - 1}");
        }

        public override void Write(ModelConfig config, JsonObject json)
        {
            var experts = config.Experts!;
            json[QwenKey] = experts.Count;
            json[PerTokenKey] = experts.PerToken;
            json[WidthKey] = experts.IntermediateSize;
            json[NormalizeKey] = experts.NormalizesWeights;
            json[StepKey] = experts.LayerStep;
            json[DenseKey] = new JsonArray([.. experts.DenseLayers.Select(layer => JsonValue.Create(layer))]);
        }
    }

    private sealed class Everywhere() : ExpertsTrait(ExpertNames.Mixtral)
    {
        public override ModelConfig Read(ModelConfig config, JsonSettings json) => With(
            config, new ExpertSettings(json.Integer(MixtralKey) ?? 8, json.Integer(PerTokenKey) ?? 2, config.IntermediateSize));

        public override void Check(ModelConfig config, string file)
        {
            base.Check(config, file);
            DemandAsInFamily(config, config.Experts!.IntermediateSize == config.IntermediateSize, file, "intermediate_size");
            DemandAsInFamily(
                config, config.Experts is { NormalizesWeights: true, LayerStep: 1, DenseLayers: [] }, file, MixtralKey);
        }

        public override void Write(ModelConfig config, JsonObject json)
        {
            json[MixtralKey] = config.Experts!.Count;
            json[PerTokenKey] = config.Experts.PerToken;
        }
    }
}
