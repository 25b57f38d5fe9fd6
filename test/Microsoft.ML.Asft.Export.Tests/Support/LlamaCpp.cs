using System.Runtime.CompilerServices;
using System.Text;
using LLama;
using LLama.Common;
using LLama.Native;

namespace Microsoft.ML.Asft.Export.Tests.Support;

/// <summary>A GGUF file as llama.cpp reads it: float32 cache, no flash attention, on the processor.</summary>
internal sealed class LlamaCpp : IDisposable
{
    private const int Context = 256;

    private readonly ModelParams _parameters;
    private readonly LLamaWeights _weights;

    public LlamaCpp(string file, bool vocabularyOnly = false)
    {
        _parameters = new ModelParams(file)
        {
            ContextSize = Context,
            BatchSize = Context,
            UBatchSize = Context,
            GpuLayerCount = 0,
            Threads = 1,
            BatchThreads = 1,
            TypeK = GGMLType.GGML_TYPE_F32,
            TypeV = GGMLType.GGML_TYPE_F32,
            FlashAttention = false,
            VocabOnly = vocabularyOnly,
        };
        _weights = LLamaWeights.LoadFromFile(_parameters);
    }

    /// <summary>Gets the file's metadata, as texts.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _weights.Metadata;

    /// <summary>Computes the logits of every position.</summary>
    /// <param name="ids">The text.</param>
    /// <param name="adapter">An adapter's GGUF file; none for the model as it is.</param>
    public float[][] Logits(IReadOnlyList<int> ids, string? adapter = null)
    {
        using var context = _weights.CreateContext(_parameters);
        if (adapter is not null)
        {
            context.NativeHandle.SetLoraAdapters([(_weights.NativeHandle.LoadLoraFromFile(adapter), 1f)]);
        }

        Decode(context, ids, first: 0);
        return [.. Enumerable.Range(0, ids.Count).Select(i => context.NativeHandle.GetLogitsIth(i).ToArray())];
    }

    /// <summary>Completes a text with the likeliest tokens, one after the other through the cache.</summary>
    public int[] Greedy(IReadOnlyList<int> ids, int count)
    {
        using var context = _weights.CreateContext(_parameters);
        var all = ids.ToList();
        for (int first = 0; all.Count < ids.Count + count;)
        {
            int length = all.Count - first;
            Decode(context, all[first..], first);
            first = all.Count;
            all.Add(context.NativeHandle.GetLogitsIth(length - 1).ToArray().Index().MaxBy(logit => logit.Item).Index);
        }

        return [.. all[ids.Count..]];
    }

    /// <summary>Gives the ids of a text; special tokens that are written in it are found.</summary>
    public int[] Tokenize(string text, bool addSpecialTokens) =>
        [.. _weights.Tokenize(text, addSpecialTokens, special: true, Encoding.UTF8).Select(token => (int)token)];

    public void Dispose() => _weights.Dispose();

    private static void Decode(LLamaContext context, IReadOnlyList<int> ids, int first)
    {
        var batch = new LLamaBatch();
        foreach (var (i, id) in ids.Index())
        {
            batch.Add(id, first + i, LLamaSeqId.Zero, logits: true);
        }

        Assert.Equal(DecodeResult.Ok, context.Decode(batch));
    }

    // Only what goes wrong is told.
    [ModuleInitializer]
    internal static void Quiet() => NativeLibraryConfig.All.WithLogCallback((level, message) =>
    {
        if (level is LLamaLogLevel.Error)
        {
            Console.Error.Write(message);
        }
    });
}
