using System.Globalization;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Training.Optimization;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training;

/// <summary>Describes a step whose loss or gradient is not finite, for the error message.</summary>
internal static class NonFiniteStep
{
    private const int NamedRows = 8;

    public static string Describe(
        int step, IEnumerable<EncodedExample> examples, double learningRate, double loss, double norm, ParameterStore parameters)
    {
        var rows = examples.Select(e => e.Row + 1).Order().ToArray();
        string names = string.Join(", ", rows.Take(NamedRows)) + (rows.Length > NamedRows ? ", …" : "");
        var (name, largest) = LargestGradient(parameters);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"step {step}, rows {names}: loss {loss:G4}, gradient norm {norm:G4}, learning rate {learningRate:G4}, largest gradient {largest:G4} in '{name}'");
    }

    // A gradient that is not finite counts as the largest.
    private static (string Name, double Value) LargestGradient(ParameterStore parameters)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return parameters.Tensors(parameters.Gradients)
            .Select(part => (part.Name, Value: part.Read().abs().max().item<float>()))
            .MaxBy(part => float.IsFinite(part.Value) ? part.Value : float.PositiveInfinity);
    }
}
