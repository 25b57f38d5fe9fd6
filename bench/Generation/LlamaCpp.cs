using LLama;
using LLama.Common;
using LLama.Native;

namespace Microsoft.ML.Asft.Bench;

/// <summary>A GGUF file in llama.cpp, with its own defaults besides the threads.</summary>
internal sealed class LlamaCpp : IDisposable
{
    private readonly LLamaWeights _weights;
    private readonly ModelParams _parameters;

    static LlamaCpp() => NativeLibraryConfig.All.WithLogCallback((level, message) =>
    {
        if (level is LLamaLogLevel.Error)
        {
            Console.Error.Write(message);
        }
    });

    public LlamaCpp(string file, int sequences, int length)
    {
        _parameters = new ModelParams(file)
        {
            ContextSize = (uint)(sequences * length),
            SeqMax = (uint)sequences,
            BatchSize = 512,
            UBatchSize = 512,
            GpuLayerCount = 0,
            Threads = Environment.ProcessorCount,
            BatchThreads = Environment.ProcessorCount,
        };
        _weights = LLamaWeights.LoadFromFile(_parameters);
    }

    /// <summary>Decodes greedily, one token of every sequence at a time.</summary>
    /// <returns>The seconds of one step.</returns>
    public double StepSeconds(int sequences, int prompt, int steps)
    {
        using var context = _weights.CreateContext(_parameters);
        for (int s = 0; s < sequences; s++)
        {
            Decode(context, [.. Enumerable.Range(0, prompt).Select(i => (Token: 100 + s + i, Position: i, Sequence: s))]);
        }

        int[] tokens = [.. Enumerable.Range(0, sequences).Select(s => 300 + s)];
        double Run(int from, int count) => Timing.Seconds(() =>
        {
            for (int step = from; step < from + count; step++)
            {
                Decode(context, [.. tokens.Select((token, s) => (token, prompt + step, s))]);
                for (int s = 0; s < sequences; s++)
                {
                    tokens[s] = System.Numerics.Tensors.TensorPrimitives.IndexOfMax(context.NativeHandle.GetLogitsIth(s));
                }
            }
        });
        Run(0, 2);
        return Run(2, steps) / steps;
    }

    /// <summary>The seconds of a prompt, up to the logits of its last token.</summary>
    public double PromptSeconds(int length)
    {
        using var context = _weights.CreateContext(_parameters);
        var batch = new LLamaBatch();
        for (int i = 0; i < length; i++)
        {
            batch.Add(100 + i, i, LLamaSeqId.Zero, logits: i == length - 1);
        }

        return Timing.Seconds(() =>
        {
            Check(context.Decode(batch));
            _ = context.NativeHandle.GetLogitsIth(length - 1);   // waits for the end
        });
    }

    public void Dispose() => _weights.Dispose();

    private static void Decode(LLamaContext context, IReadOnlyList<(int Token, int Position, int Sequence)> tokens)
    {
        var batch = new LLamaBatch();
        foreach (var (token, position, sequence) in tokens)
        {
            batch.Add(token, position, (LLamaSeqId)sequence, logits: true);
        }

        Check(context.Decode(batch));
    }

    private static void Check(DecodeResult result)
    {
        if (result != DecodeResult.Ok)
        {
            throw new InvalidOperationException($"llama.cpp answered {result}.");
        }
    }
}
