using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Bench.TorchSharpPeer;

/// <summary>The weights of a model and of an adapter, by their names.</summary>
/// <param name="model">The model's tensors.</param>
/// <param name="adapter">The adapter's tensors.</param>
/// <param name="config">The adapter's configuration.</param>
internal sealed class Weights(Dictionary<string, Tensor> model, Dictionary<string, Tensor> adapter, AdapterConfig config)
{
    private readonly List<LoraLinear> _adapters = [];

    /// <summary>Gets the adapted projections that were made so far.</summary>
    public IReadOnlyList<LoraLinear> Adapters => _adapters;

    public Tensor Of(string name) => model[name];

    /// <summary>Makes a frozen projection.</summary>
    public Linear Linear(string path)
    {
        var (weight, bias) = (Of($"{path}.weight"), model.GetValueOrDefault($"{path}.bias"));
        var linear = nn.Linear(1, 1, hasBias: bias is not null);
        linear.weight = new Parameter(weight, requires_grad: false);
        if (bias is not null)
        {
            linear.bias = new Parameter(bias, requires_grad: false);
        }

        return linear;
    }

    /// <summary>Makes a projection, adapted if the adapter has factors for it.</summary>
    public nn.Module<Tensor, Tensor> Projection(string path)
    {
        if (!adapter.TryGetValue($"base_model.model.{path}.lora_A.weight", out var a))
        {
            return Linear(path);
        }

        var adapted = new LoraLinear(Linear(path), a, adapter[$"base_model.model.{path}.lora_B.weight"], config.Scale);
        _adapters.Add(adapted);
        return adapted;
    }
}
