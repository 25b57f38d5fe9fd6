using System.Runtime.InteropServices;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Modeling.Operators.Projections;
using Microsoft.ML.Asft.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Generation;

/// <summary>
/// The active completions of a model. One forward pass computes a token of each. Completions join and leave between two passes; none
/// waits for another or is padded to another's length.
/// </summary>
internal sealed class DecodingBatch(CausalLanguageModel model) : IDisposable
{
    // A prompt goes through the model in pieces, to limit the memory of its attention and the delay of a cancellation.
    private const int PromptPiece = 512;
    private const int MaxRoomAhead = 256;

    private readonly List<DecodingSequence> _running = [];
    private readonly KeyValueCache? _cache = model.CreateCache(0, 0);
    private float[] _logits = [];

    public IReadOnlyList<DecodingSequence> Running => _running;

    /// <summary>Runs a prompt through the model, samples the first token of each of its completions, and adds them to the batch.</summary>
    /// <param name="samples">Completions of the same prompt.</param>
    /// <param name="cancellationToken">Checked before each piece of the prompt.</param>
    public void Join(IReadOnlyList<DecodingSequence> samples, CancellationToken cancellationToken = default)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var prompt = samples[0].Prompt;
        using var cache = _cache is null ? null : model.CreateCache(1, prompt.Count);
        var logits = Logits(Prefill(prompt, cache, cancellationToken));
        float[] first = Row(logits, 0).ToArray();
        foreach (var sequence in samples)
        {
            first.CopyTo(Row(logits, 0));
            sequence.Take(Row(logits, 0));
            if (sequence.FinishReason is null)
            {
                _cache?.Reserve(_running.Count + 1, prompt.Count + Math.Min(sequence.MaxTokens, MaxRoomAhead));
                _cache?.Add(cache!, 0);
                _running.Add(sequence);
            }
        }
    }

    /// <summary>Computes one token of every completion; finished ones leave.</summary>
    public void Step()
    {
        using var noGrad = no_grad();
        if (_cache is not null && model is Decoder { CanDecode: true } decoder)
        {
            Step(decoder, _cache);
        }
        else
        {
            StepWithTensors();
        }

        Leave(sequence => sequence.FinishReason is not null);
    }

    private void Step(Decoder decoder, KeyValueCache cache)
    {
        int vocabulary = (int)model.HeadWeight.shape[0];
        long[] ids = [.. _running.Select(sequence => (long)sequence.TokenIds[^1])];
        if (_logits.Length < ids.Length * vocabulary)
        {
            _logits = new float[ids.Length * vocabulary];
        }

        decoder.Decode(ids, cache, _logits);
        for (int row = 0; row < ids.Length; row++)
        {
            _running[row].Take(_logits.AsSpan(row * vocabulary, vocabulary));
        }
    }

    private void StepWithTensors()
    {
        using var scope = NewDisposeScope();
        var logits = Logits(_cache is null ? LastOfWhole() : LastOfCached(_cache));
        for (int row = 0; row < _running.Count; row++)
        {
            _running[row].Take(Row(logits, row));
        }
    }

    /// <summary>Removes completions.</summary>
    public void Leave(Predicate<DecodingSequence> who)
    {
        for (int row = _running.Count - 1; row >= 0; row--)
        {
            if (who(_running[row]))
            {
                _cache?.RemoveAt(row);
                _running[row] = _running[^1];
                _running.RemoveAt(_running.Count - 1);
            }
        }
    }

    public void Dispose() => _cache?.Dispose();

    // The hidden state of the prompt's last token, (1, H).
    private Tensor Prefill(IReadOnlyList<int> prompt, KeyValueCache? cache, CancellationToken cancellationToken)
    {
        int piece = cache is null ? prompt.Count : PromptPiece;
        Tensor? hidden = null;
        for (int at = 0; at < prompt.Count; at += piece)
        {
            cancellationToken.ThrowIfCancellationRequested();
            long[] ids = [.. prompt.Skip(at).Take(piece).Select(id => (long)id)];
            hidden?.Dispose();
            hidden = model.Forward(tensor(ids, [1, ids.Length], ScalarType.Int64, model.HeadWeight.device), cache: cache);
        }

        return hidden!.narrow(1, hidden.shape[1] - 1, 1).squeeze(1);
    }

    private Tensor LastOfCached(KeyValueCache cache)
    {
        long[] ids = [.. _running.Select(sequence => (long)sequence.TokenIds[^1])];
        return model.Forward(DeviceTransfer.Send(ids, [ids.Length, 1], model.HeadWeight.device), cache: cache).squeeze(1);
    }

    // For a model without a cache: every whole sequence, padded on the right.
    private Tensor LastOfWhole()
    {
        int[] lengths = [.. _running.Select(sequence => sequence.Prompt.Count + sequence.TokenIds.Count)];
        int longest = lengths.Max();
        long[] ids = new long[_running.Count * longest];
        long[] mask = new long[ids.Length];
        for (int row = 0; row < _running.Count; row++)
        {
            int at = row * longest;
            foreach (int id in _running[row].Prompt.Concat(_running[row].TokenIds))
            {
                (ids[at], mask[at]) = (id, 1);
                at++;
            }
        }

        var device = model.HeadWeight.device;
        bool isPadded = Array.Exists(lengths, length => length < longest);
        var hidden = model.Forward(
            tensor(ids, [_running.Count, longest], ScalarType.Int64, device),
            isPadded ? tensor(mask, [_running.Count, longest], ScalarType.Int64, device) : null);
        long[] last = [.. lengths.Select((length, row) => ((long)row * longest) + length - 1)];
        return hidden.reshape(-1, hidden.shape[2]).index_select(0, tensor(last, ScalarType.Int64, device));
    }

    // (B, H) → (B, V), in float32 on the CPU.
    private Tensor Logits(Tensor hidden)
    {
        var logits = SmallBatchLinear.Linear(hidden, model.HeadWeight, bias: null).to_type(ScalarType.Float32).cpu().contiguous();
        for (long row = 0; row < logits.shape[0]; row++)
        {
            // Row by row: libtorch computes tanh otherwise at the end of a tensor, so that a row would depend on those beside it.
            model.LogitTransform.Apply(logits.select(0, row));
        }

        return logits;
    }

    private static Span<float> Row(Tensor logits, int row) => MemoryMarshal.Cast<byte, float>(logits.narrow(0, row, 1).bytes);
}
