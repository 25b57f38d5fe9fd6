using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Checkpoints.Families;

/// <summary>
/// Whether attention scores and logits have a soft cap c, <c>c · tanh(x / c)</c> (<c>attn_logit_softcapping</c>,
/// <c>final_logit_softcapping</c>).
/// </summary>
internal sealed class SoftCapTrait : ConfigTrait
{
    private const string ScoresKey = "attn_logit_softcapping";
    private const string LogitsKey = "final_logit_softcapping";

    private readonly bool _hasScores;
    private readonly bool _hasLogits;
    private readonly double? _scores;
    private readonly double? _logits;

    private SoftCapTrait(bool hasScores, bool hasLogits, double? scores, double? logits) =>
        (_hasScores, _hasLogits, _scores, _logits) = (hasScores, hasLogits, scores, logits);

    /// <summary>Gets the trait of a family without soft caps.</summary>
    public static SoftCapTrait None { get; } = new(hasScores: false, hasLogits: false, null, null);

    /// <summary>Gets the trait of a family with both settings. The defaults are 50 for scores and 30 for logits.</summary>
    public static SoftCapTrait Both { get; } = new(hasScores: true, hasLogits: true, 50, 30);

    /// <summary>Gets the trait of a family with the setting for logits only. The default is none.</summary>
    public static SoftCapTrait Logits { get; } = new(hasScores: false, hasLogits: true, null, null);

    public override ModelConfig Default(ModelConfig config) => config with { AttentionSoftCap = _scores, LogitsSoftCap = _logits };

    public override ModelConfig Read(ModelConfig config, JsonSettings json) => config with
    {
        AttentionSoftCap = Value(config, json, ScoresKey, _hasScores, _scores),
        LogitsSoftCap = Value(config, json, LogitsKey, _hasLogits, _logits),
    };

    public override void Check(ModelConfig config, string file)
    {
        Cap(ScoresKey, config.AttentionSoftCap, _hasScores);
        Cap(LogitsKey, config.LogitsSoftCap, _hasLogits);

        void Cap(string key, double? cap, bool has)
        {
            DemandAsInFamily(config, has || cap is null, file, key);
            ModelConfigChecks.Demand(cap is null or (> 0 and <= 1e6), file, key, $"is {cap}, not more than 0 and at most 1000000");
        }
    }

    public override void Write(ModelConfig config, JsonObject json)
    {
        Add(ScoresKey, config.AttentionSoftCap, _hasScores);
        Add(LogitsKey, config.LogitsSoftCap, _hasLogits);

        void Add(string key, double? cap, bool has)
        {
            if (has)
            {
                json[key] = cap is { } value ? RopeSettings.Float(value) : null;
            }
        }
    }

    // A null key means no cap; a missing key means the default.
    private static double? Value(ModelConfig config, JsonSettings json, string key, bool has, double? missing)
    {
        if (!has)
        {
            RefuseIfSet(config, json, key);
            return null;
        }

        return json.Json.ContainsKey(key) ? json.Number(key) : missing;
    }
}
