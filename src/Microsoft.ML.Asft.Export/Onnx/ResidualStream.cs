namespace Microsoft.ML.Asft.Export.Onnx;

/// <summary>
/// The stream that residual branches add to. A sum is left open until someone reads it: if a norm does, sum and norm are one node,
/// <c>SkipSimplifiedLayerNormalization</c>.
/// </summary>
internal sealed class ResidualStream(OnnxGraph graph, string first, double epsilon)
{
    private string _stream = first;
    private string? _branch;  // to be added

    /// <summary>Adds the output of a branch.</summary>
    /// <param name="name">The name of the branch.</param>
    /// <param name="branch">Its output.</param>
    public void Add(string name, string branch)
    {
        Read($"{name}/before");
        _branch = branch;
    }

    /// <summary>Reads the stream.</summary>
    /// <param name="name">The name of the node that adds what is open.</param>
    public string Read(string name)
    {
        if (_branch is not null)
        {
            (_stream, _branch) = (graph.Add($"{name}/sum", "Add", [_stream, _branch]), null);
        }

        return _stream;
    }

    /// <summary>Reads the stream, normalised.</summary>
    /// <param name="name">The norm's name.</param>
    /// <param name="weight">Its weight.</param>
    public string ReadNormalized(string name, string weight)
    {
        if (_branch is null)
        {
            return graph.Normalize(name, _stream, weight, epsilon);
        }

        (string output, string sum) = ($"{name}/output", $"{name}/sum");
        graph.Add(name, "SkipSimplifiedLayerNormalization", [_stream, _branch, weight], [output, "", "", sum], ("epsilon", epsilon));
        (_stream, _branch) = (sum, null);
        return output;
    }
}
