using System.Buffers;
using System.Diagnostics;
using Microsoft.ML.Asft.Generation;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Tokenizers;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Bench.Gpu;

/// <summary>Decoding of several prompts of 32 tokens at once, as completions are made on a GPU: by operators, with a cache that is written in place.</summary>
internal static class DecodingSpeed
{
    private const int PromptLength = 32;
    private const int WarmUp = 4;

    public static object Measure(Decoder model, int batchSize, int tokens)
    {
        using var noGrad = no_grad();
        model.eval();
        model.DecodesByOperators = true;
        var random = new Random(1);
        var criteria = new StopCriteria(new SilentTokenizer(), new HashSet<int>(), model.ContextLength);
        var options = new GenerationOptions { MaxNewTokens = tokens + WarmUp + 2 };
        using var batch = new DecodingBatch(model);
        for (int i = 0; i < batchSize; i++)
        {
            int[] prompt = [.. Enumerable.Range(0, PromptLength).Select(_ => random.Next(model.Config.VocabSize))];
            batch.Join([new DecodingSequence(prompt, options, new SamplingSeed(i), criteria)]);
        }

        Steps(WarmUp);
        long started = Stopwatch.GetTimestamp();
        Steps(tokens);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;   // the logits of each step come to the host, so the device is done
        return new { seconds, tokens = batchSize * tokens, tokensPerSecond = batchSize * tokens / seconds };

        void Steps(int count)
        {
            for (int i = 0; i < count; i++)
            {
                batch.Step();
            }
        }
    }

    // Random ids have no text.
    private sealed class SilentTokenizer : Tokenizer
    {
        public override string Decode(IEnumerable<int> ids) => "";

        public override OperationStatus Decode(IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten)
        {
            (idsConsumed, charsWritten) = (ids.Count(), 0);
            return OperationStatus.Done;
        }

        protected override EncodeResults<EncodedToken> EncodeToTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings) =>
            throw new NotSupportedException("The benchmark has token ids only.");
    }
}
