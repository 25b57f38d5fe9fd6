using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Checkpoints.Safetensors;
using Microsoft.ML.Asft.Modeling.Operators.Rotary;
using Microsoft.ML.Asft.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Export.Onnx;

/// <summary>The attention of each layer as ONNX Runtime's <c>GroupQueryAttention</c>, and what all of them share.</summary>
internal sealed class AttentionGraph
{
    // GroupQueryAttention rotates a multiple of this many numbers of a head; RotaryEmbedding rotates others before it.
    private const int RotaryBlock = 16;

    private readonly OnnxGraph _graph;
    private readonly ModelConfig _config;
    private readonly Func<string, string, string> _projection;
    private readonly Func<string, string, string> _norm;
    private readonly string _lastPositions;
    private readonly string _totalLength;
    private readonly Dictionary<string, (string Cosine, string Sine)> _tables = [];
    private readonly string _lengths;
    private readonly int? _longAbove;   // the length above which texts have other frequencies
    private string? _positions;
    private string? _rotaryPositions;
    private string? _queryScale;

    /// <param name="graph">The graph.</param>
    /// <param name="config">The model.</param>
    /// <param name="projection">Adds a projection: its name, its input.</param>
    /// <param name="norm">Adds a norm: its name, its input.</param>
    public AttentionGraph(
        OnnxGraph graph, ModelConfig config, Func<string, string, string> projection, Func<string, string, string> norm)
    {
        (_graph, _config, _projection, _norm) = (graph, config, projection, norm);
        _longAbove = new RotaryFrequencies(config).LongAbove;

        // The operator needs the last position of each row, and the length with the cache.
        string mask = graph.Input("attention_mask", TensorProto.Types.DataType.Int64, "batch_size", "total_sequence_length");
        _lengths = graph.Add("attention_mask/lengths", "ReduceSum", [mask, graph.Integers(1)], ("keepdims", 0));
        _lastPositions = Int32("attention_mask/last", graph.Add("attention_mask/minus_one", "Sub", [_lengths, graph.Integers(1)]));
        string shape = graph.Add("attention_mask/shape", "Shape", [mask]);
        string total = graph.Add("attention_mask/total", "Gather", [shape, graph.Integers(1)]);
        _totalLength = Int32("attention_mask/total_length", total);

        string Int32(string name, string value) => graph.Add(name, "Cast", [value], ("to", (int)TensorProto.Types.DataType.Int32));
    }

    private string Positions => _positions ??= _graph.Input("position_ids", TensorProto.Types.DataType.Int64, "batch_size", "sequence_length");

    /// <summary>Adds a layer's attention.</summary>
    /// <param name="layer">The layer, from 0.</param>
    /// <param name="x">Its input, (B, T, H).</param>
    public string Add(int layer, string x)
    {
        string name = $"model.layers.{layer}.self_attn";
        string queries = Normalize($"{name}.q_norm", _projection($"{name}.q_proj", x), _config.NumAttentionHeads);
        string keys = Normalize($"{name}.k_norm", _projection($"{name}.k_proj", x), _config.NumKeyValueHeads);
        string values = _projection($"{name}.v_proj", x);
        if (_config.QueryScaling is { } scaling)
        {
            queries = _graph.Add($"{name}/query_scale", "Mul", [queries, QueryScale(scaling)]);
        }

        bool rotates = _config.UsesRotaryEmbedding(layer);
        bool isInside = rotates && _config.RotaryDim % RotaryBlock == 0 && _longAbove is null;
        var (cosine, sine) = rotates ? Tables(_config.UsesSlidingWindow(layer)) : ("", "");
        if (rotates && !isInside)
        {
            queries = Rotate($"{name}/rotated_queries", queries, _config.NumAttentionHeads, cosine, sine);
            keys = Rotate($"{name}/rotated_keys", keys, _config.NumKeyValueHeads, cosine, sine);
        }

        var (dataType, heads, width) = (_graph.DataType, _config.NumKeyValueHeads, _config.HeadDim);
        string attended = $"{name}/output";
        _graph.Add(
            name,
            "GroupQueryAttention",
            [
                queries, keys, values,
                _graph.Input($"past_key_values.{layer}.key", dataType, "batch_size", heads, "past_sequence_length", width),
                _graph.Input($"past_key_values.{layer}.value", dataType, "batch_size", heads, "past_sequence_length", width),
                _lastPositions, _totalLength, .. isInside ? (string[])[cosine, sine] : [],
            ],
            [
                attended,
                _graph.Output($"present.{layer}.key", "batch_size", heads, "total_sequence_length", width),
                _graph.Output($"present.{layer}.value", "batch_size", heads, "total_sequence_length", width),
            ],
            ("num_heads", _config.NumAttentionHeads),
            ("kv_num_heads", _config.NumKeyValueHeads),
            ("scale", _config.AttentionScale),
            ("softcap", _config.AttentionSoftCap ?? 0),
            ("local_window_size", _config.UsesSlidingWindow(layer) ? _config.SlidingWindow!.Value : -1),
            ("do_rotary", isInside ? 1 : 0));
        return _projection($"{name}.o_proj", attended);
    }

    // Over rows of a head's width, or over all heads together.
    private string Normalize(string name, string projected, int heads)
    {
        if (!_config.QueryKeyNorm || _config.NormalizesWholeProjection)
        {
            return _config.QueryKeyNorm ? _norm(name, projected) : projected;
        }

        string split = _graph.Add($"{name}/split", "Reshape", [projected, _graph.Integers(0, 0, heads, _config.HeadDim)]);
        return _graph.Add($"{name}/joined", "Reshape", [_norm(name, split), _graph.Integers(0, 0, heads * _config.HeadDim)]);
    }

    private string Rotate(string name, string projected, int heads, string cosine, string sine) => _graph.Add(
        name, "RotaryEmbedding", [projected, RotaryPositions(), cosine, sine],
        _config.RotaryDim == _config.HeadDim ? [] : [("rotary_embedding_dim", _config.RotaryDim), ("num_heads", heads)]);

    // With longrope the tables have the positions of short texts and, after them, those of long ones.
    private string RotaryPositions()
    {
        if (_longAbove is not { } bound)
        {
            return Positions;
        }

        if (_rotaryPositions is null)
        {
            string longest = _graph.Add("longrope/longest", "ReduceMax", [_lengths], ("keepdims", 0));
            string isLong = _graph.Add("longrope/is_long", "Greater", [longest, _graph.Integers(bound)]);
            string flag = _graph.Add("longrope/flag", "Cast", [isLong], ("to", (int)TensorProto.Types.DataType.Int64));
            string offset = _graph.Add("longrope/offset", "Mul", [flag, _graph.Integers(bound)]);
            _rotaryPositions = _graph.Add("longrope/positions", "Add", [Positions, offset]);
        }

        return _rotaryPositions;
    }

    // Cosine and sine of every position, (context, R/2), where R numbers of a head rotate.
    private (string Cosine, string Sine) Tables(bool ofWindows)
    {
        string name = ofWindows && _config.PlainRotaryInWindows ? "rotary_of_windows" : "rotary";
        if (!_tables.TryGetValue(name, out var tables))
        {
            var frequencies = new RotaryFrequencies(_config, ofWindows);
            _tables[name] = tables = (Table($"{name}.cosine", frequencies, cos), Table($"{name}.sine", frequencies, sin));
        }

        return tables;
    }

    private string Table(string name, RotaryFrequencies frequencies, Func<Tensor, Tensor> wave)
    {
        int length = _config.MaxPositionEmbeddings;
        int shortRows = _longAbove ?? 0;
        return _graph.Weight(new LazyTensor(name, ScalarType.Float32, sizeof(float), [shortRows + length, _config.RotaryDim / 2], () =>
            cat([Rows(shortRows, ofLength: shortRows), Rows(length, ofLength: Math.Max(length, shortRows + 1))], 0)));

        Tensor Rows(int count, int ofLength)
        {
            var angles = ScalarOperators.Arange(count, ScalarType.Float32).unsqueeze(1).mul(tensor(frequencies.Inverse(ofLength)).unsqueeze(0));
            return wave(angles).Mul_(frequencies.AttentionFactor);
        }
    }

    // What the query at each position is multiplied by, (B, T, 1).
    private string QueryScale(QueryScaling scaling)
    {
        int length = _config.MaxPositionEmbeddings;
        return _queryScale ??= _graph.Add("query_scale", "Gather",
        [
            _graph.Weight(new LazyTensor("query_scale.table", ScalarType.Float32, sizeof(float), [length, 1], () =>
                tensor([.. Enumerable.Range(0, length).Select(scaling.At)]).unsqueeze(1))),
            Positions,
        ]);
    }
}
