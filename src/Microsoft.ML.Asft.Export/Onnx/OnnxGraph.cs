using System.Runtime.InteropServices;
using Google.Protobuf;
using Microsoft.ML.Asft.Checkpoints.Safetensors;
using Microsoft.ML.Asft.Export.Gguf;

namespace Microsoft.ML.Asft.Export.Onnx;

/// <summary>A graph that is being built: its nodes, and its weights, whose data are in a file of their own.</summary>
/// <param name="type">The number format.</param>
internal sealed class OnnxGraph(OnnxType type)
{
    /// <summary>The name of the weights' file, in the folder of the model.</summary>
    public const string DataName = "model.onnx.data";

    // Weights begin at pages, so that a runtime can map them into memory.
    private const int Alignment = 4096;
    private const string Contributed = "com.microsoft";
    private const int IrVersion = 10;
    private const int OperatorSet = 21;

    // Operators that ONNX Runtime adds to the standard. It has SimplifiedLayerNormalization in the standard's domain.
    private static readonly HashSet<string> ContributedOperators =
        ["GroupQueryAttention", "RotaryEmbedding", "SkipSimplifiedLayerNormalization", "FusedMatMul", "MoE"];

    private readonly GraphProto _graph = new() { Name = "decoder" };
    private readonly List<(GgufTensor Weight, long Offset)> _weights = [];
    private readonly HashSet<string> _names = [];

    /// <summary>Gets the number format in the file.</summary>
    public TensorProto.Types.DataType DataType { get; } =
        type == OnnxType.Float16 ? TensorProto.Types.DataType.Float16 : TensorProto.Types.DataType.Float;

    /// <summary>Gets the number of weights.</summary>
    public int WeightCount => _weights.Count;

    /// <summary>Adds an input of the model.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="dataType">Its number format.</param>
    /// <param name="shape">Its dimensions: numbers, and names of those that vary.</param>
    public string Input(string name, TensorProto.Types.DataType dataType, params ReadOnlySpan<object> shape)
    {
        _graph.Input.Add(Value(name, dataType, shape));
        return name;
    }

    /// <summary>Adds an output of the model.</summary>
    public string Output(string name, params ReadOnlySpan<object> shape)
    {
        _graph.Output.Add(Value(name, DataType, shape));
        return name;
    }

    /// <summary>Adds a node with one output.</summary>
    /// <param name="name">The node's name, by which its output is called.</param>
    /// <param name="operation">The operator.</param>
    /// <param name="inputs">Its inputs; empty names for those left out.</param>
    /// <param name="attributes">Its attributes: int, double or string.</param>
    /// <returns>The name of the output.</returns>
    public string Add(string name, string operation, string[] inputs, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        string output = $"{name}/output";
        Add(name, operation, inputs, [output], attributes);
        return output;
    }

    /// <summary>Adds a node with outputs of given names.</summary>
    public void Add(
        string name, string operation, string[] inputs, string[] outputs, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        var node = new NodeProto { Name = name, OpType = operation, Domain = ContributedOperators.Contains(operation) ? Contributed : "" };
        node.Input.Add(inputs);
        node.Output.Add(outputs);
        foreach (var (key, value) in attributes)
        {
            node.Attribute.Add(value switch
            {
                int number => new AttributeProto { Name = key, I = number, Type = AttributeProto.Types.AttributeType.Int },
                double number => new AttributeProto { Name = key, F = (float)number, Type = AttributeProto.Types.AttributeType.Float },
                _ => new AttributeProto { Name = key, S = ByteString.CopyFromUtf8((string)value), Type = AttributeProto.Types.AttributeType.String },
            });
        }

        _graph.Node.Add(node);
    }

    /// <summary>Adds an RMS norm over the last dimension, computed in float32.</summary>
    public string Normalize(string name, string input, string weight, double epsilon) =>
        Add(name, "SimplifiedLayerNormalization", [input, weight], ("axis", -1), ("epsilon", epsilon), ("stash_type", 1));

    /// <summary>Multiplies by a number; by 1 there is no node.</summary>
    public string Scale(string name, string input, double factor) => factor == 1 ? input : Add(name, "Mul", [input, Number(factor)]);

    /// <summary>Keeps numbers within bounds: <c>cap · tanh(x / cap)</c>.</summary>
    public string SoftCap(string name, string input, double cap) =>
        Scale($"{name}/scale", Add($"{name}/tanh", "Tanh", [Add($"{name}/divide", "Div", [input, Number(cap)])]), cap);

    /// <summary>Adds a weight; its data go to the weights' file when that is written.</summary>
    /// <returns>Its name.</returns>
    public string Weight(LazyTensor source) => Weight(source.Name, source.Shape, [source]);

    /// <summary>Adds a weight whose data are those of several tensors, one after the other.</summary>
    /// <returns>Its name.</returns>
    public string Weight(string name, long[] shape, IReadOnlyList<LazyTensor> parts)
    {
        var weight = new GgufTensor(name, type == OnnxType.Float16 ? GgufType.Float16 : GgufType.Float32, shape, parts);
        long offset = _weights.Count == 0 ? 0 : Aligned(_weights[^1].Offset + _weights[^1].Weight.Bytes);
        var proto = new TensorProto { Name = name, DataType = DataType, DataLocation = TensorProto.Types.DataLocation.External };
        proto.Dims.Add(shape);
        proto.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = DataName });
        proto.ExternalData.Add(new StringStringEntryProto { Key = "offset", Value = $"{offset}" });
        proto.ExternalData.Add(new StringStringEntryProto { Key = "length", Value = $"{weight.Bytes}" });
        _graph.Initializer.Add(proto);
        _weights.Add((weight, offset));
        return name;
    }

    /// <summary>Adds a number in the model's format.</summary>
    /// <returns>Its name.</returns>
    public string Number(double value)
    {
        string name = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"constants/{value}");
        if (_names.Add(name))
        {
            var bytes = type == OnnxType.Float16 ? BitConverter.GetBytes((Half)value) : BitConverter.GetBytes((float)value);
            _graph.Initializer.Add(new TensorProto { Name = name, DataType = DataType, RawData = ByteString.CopyFrom(bytes) });
        }

        return name;
    }

    /// <summary>Adds a vector of whole numbers.</summary>
    /// <returns>Its name.</returns>
    public string Integers(params long[] values)
    {
        string name = $"constants/[{string.Join(", ", values)}]";
        if (_names.Add(name))
        {
            var proto = new TensorProto
            {
                Name = name, DataType = TensorProto.Types.DataType.Int64, RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values.AsSpan())),
            };
            proto.Dims.Add(values.Length);
            _graph.Initializer.Add(proto);
        }

        return name;
    }

    /// <summary>Writes the weights' file, one weight at a time.</summary>
    public void WriteWeights(FileStream stream)
    {
        foreach (var (weight, offset) in _weights)
        {
            stream.Write(new byte[offset - stream.Position]);
            TensorEncoder.Write(stream, weight);
        }
    }

    /// <summary>Writes the model's file.</summary>
    public void Write(Stream stream)
    {
        var model = new ModelProto { IrVersion = IrVersion, ProducerName = "Microsoft.ML.Asft", Graph = _graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = OperatorSet });
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = Contributed, Version = 1 });
        model.WriteTo(stream);
    }

    private static ValueInfoProto Value(string name, TensorProto.Types.DataType dataType, ReadOnlySpan<object> shape)
    {
        var dimensions = new TensorShapeProto();
        foreach (object size in shape)
        {
            dimensions.Dim.Add(size is string symbol
                ? new TensorShapeProto.Types.Dimension { DimParam = symbol }
                : new TensorShapeProto.Types.Dimension { DimValue = (int)size });
        }

        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new() { ElemType = dataType, Shape = dimensions } } };
    }

    private static long Aligned(long offset) => (offset + Alignment - 1) / Alignment * Alignment;
}
