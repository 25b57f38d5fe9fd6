using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Modeling.Operators.FeedForward;

namespace Microsoft.ML.Asft.Checkpoints.Families;

/// <summary>The activation of the feed-forward block's gate (<c>hidden_act</c>, or <c>hidden_activation</c> in Gemma).</summary>
internal sealed class ActivationTrait : ConfigTrait
{
    private readonly GatedActivation _activation;
    private readonly string _key;
    private readonly string[] _names;

    private ActivationTrait(GatedActivation activation, string key, params string[] names) => (_activation, _key, _names) = (activation, key, names);

    /// <summary>Gets the trait of a family with SiLU.</summary>
    public static ActivationTrait Silu { get; } = new(GatedActivation.Silu, "hidden_act", "silu", "swish");

    /// <summary>Gets the trait of a family with the tanh approximation of GELU. Gemma's <c>hidden_act</c> is ignored.</summary>
    public static ActivationTrait GeluTanh { get; } = new(GatedActivation.GeluTanh, "hidden_activation", "gelu_pytorch_tanh");

    public override ModelConfig Default(ModelConfig config) => config with { Activation = _activation };

    public override ModelConfig Read(ModelConfig config, JsonSettings json) => json.Text(_key) is { } name && !_names.Contains(name)
        ? throw json.Unsupported(_key, $"is '{name}', and only {_names[0]} is supported")
        : Default(config);

    public override void Check(ModelConfig config, string file) => DemandAsInFamily(config, config.Activation == _activation, file, _key);

    public override void Write(ModelConfig config, JsonObject json)
    {
        json["hidden_act"] = _names[0];
        json[_key] = _names[0];
    }
}
