using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace Microsoft.ML.Asft.Export.Tests.Support;

/// <summary>An ONNX folder as ONNX Runtime and ONNX Runtime GenAI read it, on the processor.</summary>
internal sealed class GenAI(string folder) : IDisposable
{
    private readonly OnnxRuntimeGenAI.Model _model = new(folder);

    /// <summary>Computes the logits of every position by ONNX Runtime alone, with an empty cache.</summary>
    public static float[][] Logits(string folder, IReadOnlyList<int> ids)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1 };
        using var session = new InferenceSession(Path.Combine(folder, "model.onnx"), options);
        var inputs = new Dictionary<string, OrtValue>();
        foreach (var (name, metadata) in session.InputMetadata)
        {
            long[] shape = [.. metadata.Dimensions.Select(size => (long)size)];
            inputs[name] = name switch
            {
                "input_ids" => Int64([.. ids.Select(id => (long)id)]),
                "attention_mask" => Int64([.. ids.Select(_ => 1L)]),
                "position_ids" => Int64([.. ids.Index().Select(id => (long)id.Index)]),
                _ => Empty(metadata.ElementDataType, shape),
            };
        }

        using var run = new RunOptions();
        using var outputs = session.Run(run, inputs, ["logits"]);
        var logits = outputs[0];
        float[] values = logits.GetTensorTypeAndShape().ElementDataType == OnnxRuntime.Tensors.TensorElementType.Float
            ? logits.GetTensorDataAsSpan<float>().ToArray()
            : [.. logits.GetTensorDataAsSpan<Float16>().ToArray().Select(value => (float)value)];
        foreach (var input in inputs.Values)
        {
            input.Dispose();
        }

        return [.. values.Chunk(values.Length / ids.Count)];

        OrtValue Int64(long[] values) => OrtValue.CreateTensorValueFromMemory(values, [1, values.Length]);

        static OrtValue Empty(OnnxRuntime.Tensors.TensorElementType type, long[] shape) =>
            OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, type, [1, shape[1], 0, shape[3]]);
    }

    /// <summary>Completes a text with the likeliest tokens, one after the other through the cache, until an end token, which is left out.</summary>
    public int[] Greedy(IReadOnlyList<int> ids, int count, IReadOnlyList<int> ends)
    {
        using var parameters = new GeneratorParams(_model);
        parameters.SetSearchOption("max_length", ids.Count + count);
        using var generator = new Generator(_model, parameters);
        generator.AppendTokens([.. ids]);
        while (!generator.IsDone())
        {
            generator.GenerateNextToken();
        }

        return [.. generator.GetSequence(0)[ids.Count..].ToArray().TakeWhile(id => !ends.Contains(id))];
    }

    /// <summary>Completes several texts together, each with the likeliest tokens; the shorter ones are padded.</summary>
    public int[][] GreedyBatch(string[] texts, int count)
    {
        using var tokenizer = new Tokenizer(_model);
        using var sequences = tokenizer.EncodeBatch(texts);
        int longest = Enumerable.Range(0, texts.Length).Max(i => sequences[(ulong)i].Length);
        using var parameters = new GeneratorParams(_model);
        parameters.SetSearchOption("batch_size", texts.Length);
        parameters.SetSearchOption("max_length", longest + count);
        parameters.SetSearchOption("min_length", longest + count);  // no end tokens
        using var generator = new Generator(_model, parameters);
        generator.AppendTokenSequences(sequences);
        while (!generator.IsDone())
        {
            generator.GenerateNextToken();
        }

        return [.. Enumerable.Range(0, texts.Length).Select(i => generator.GetSequence((ulong)i)[^count..].ToArray())];
    }

    /// <summary>Gives the ids of texts; special tokens that are written in one are found.</summary>
    public int[][] Tokenize(IEnumerable<string> texts, bool addSpecialTokens)
    {
        using var tokenizer = new Tokenizer(_model);
        tokenizer.UpdateOptions(new() { ["add_special_tokens"] = addSpecialTokens ? "true" : "false" });
        return [.. texts.Select(text =>
        {
            using var sequences = tokenizer.Encode(text);
            return sequences[0].ToArray();
        })];
    }

    public void Dispose() => _model.Dispose();
}
