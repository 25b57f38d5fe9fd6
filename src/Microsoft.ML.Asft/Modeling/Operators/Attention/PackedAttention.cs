using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Modeling.Operators.Rotary;
using Microsoft.ML.Asft.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Operators.Attention;

/// <summary>
/// Causal attention over packed sequences. It computes a block of queries at a time, so memory is proportional to the length and not to
/// its square, and keys that no query of a block sees are not multiplied. The backward pass computes the attention weights again.
/// libtorch 2.10's attention under autograd takes 3.1 times as long in bfloat16 and 0.9 times as long in float32, for four rows of 200 tokens
/// (docs/performance.md).
/// </summary>
internal sealed class PackedAttention
{
    // Queries in a block. With more, more products with unseen keys are wasted; with fewer, the products become small and slow.
    private const long BlockQueries = 256;

    // Sequences of equal length are computed together, up to this number of scores.
    private const long MaxScores = 1 << 20;

    private readonly HeadShape _queryShape;
    private readonly HeadShape _keyShape;
    private readonly AttentionSettings _settings;

    /// <param name="settings">The settings of the layer's attention.</param>
    /// <param name="heads">The number of query heads, H.</param>
    public PackedAttention(AttentionSettings settings, int heads)
    {
        _settings = settings;
        _queryShape = new HeadShape(settings.KeyValueHeads, heads / settings.KeyValueHeads, settings.HeadDim);
        _keyShape = _queryShape with { Groups = 1 };
    }

    /// <summary>Rotates queries and keys, if the layer has rotary embedding, and converts all three from token-major to head-major layout.</summary>
    /// <param name="query">The queries, token-major, (N, H·D).</param>
    /// <param name="key">The keys, token-major, (N, Hk·D).</param>
    /// <param name="value">The values, token-major, (N, Hk·D).</param>
    /// <param name="heads">Receive the three in head-major layout.</param>
    /// <param name="pass">The current pass.</param>
    public void Split(Tensor query, Tensor key, Tensor value, (Tensor Query, Tensor Key, Tensor Value) heads, CpuPass pass)
    {
        HeadLayoutKernel.SplitHeads(query, heads.Query, _queryShape, pass.Sequences, TablesOf(pass)?.ForQueries);
        HeadLayoutKernel.SplitHeads(key, heads.Key, _keyShape, pass.Sequences, TablesOf(pass));
        HeadLayoutKernel.SplitHeads(value, heads.Value, _keyShape, pass.Sequences, null);
    }

    /// <summary>Computes attention.</summary>
    /// <param name="heads">Queries, keys and values, head-major.</param>
    /// <param name="scratch">Temporary memory of the queries' size.</param>
    /// <param name="attended">Receives the result, token-major, (N, H·D).</param>
    /// <param name="pass">The current pass.</param>
    public void Forward((Tensor Query, Tensor Key, Tensor Value) heads, Tensor scratch, Tensor attended, CpuPass pass)
    {
        foreach (var (start, count, length) in Parts(pass.Sequences))
        {
            var (query, key, value) = View(heads, start, count, length);
            var output = View(scratch, _queryShape, start, count, length);
            foreach (var block in Blocks(length))
            {
                using var scope = NewDisposeScope();
                var weights = Weights(query, key, block);
                Queries(output, block).copy_(weights.bmm(Keys(value, block)));
            }
        }

        HeadLayoutKernel.MergeHeads(scratch, attended, _queryShape, pass.Sequences, null);
    }

    /// <summary>Computes the gradients of queries, keys and values from the gradient of the result.</summary>
    /// <param name="heads">Queries, keys and values, head-major.</param>
    /// <param name="attendedGradient">The gradient of the result, token-major, (N, H·D).</param>
    /// <param name="gradients">Receive the three gradients, token-major.</param>
    /// <param name="scratch">
    /// Temporary memory of the sizes of queries, queries, keys and values. Its queries may be <paramref name="attendedGradient"/>, which is read before
    /// they are written.
    /// </param>
    /// <param name="pass">The current pass.</param>
    public void Backward(
        (Tensor Query, Tensor Key, Tensor Value) heads, Tensor attendedGradient, (Tensor Query, Tensor Key, Tensor Value) gradients,
        (Tensor Output, Tensor Query, Tensor Key, Tensor Value) scratch, CpuPass pass)
    {
        HeadLayoutKernel.SplitHeads(attendedGradient, scratch.Output, _queryShape, pass.Sequences, null);
        foreach (var (start, count, length) in Parts(pass.Sequences))
        {
            var (query, key, value) = View(heads, start, count, length);
            var output = View(scratch.Output, _queryShape, start, count, length);
            var (queryGradient, keyGradient, valueGradient) =
                View((scratch.Query, scratch.Key, scratch.Value), start, count, length);
            bool isFirst = true;
            foreach (var block in Blocks(length).Reverse())
            {
                using var scope = NewDisposeScope();
                var products = Products(query, key, block);
                var weights = _settings.SoftCap is null ? products : products.clone();
                CausalSoftmaxKernel.Forward(weights, block, _settings.Scale, _settings.SoftCap);
                var scores = Queries(output, block).bmm(Keys(value, block).transpose(1, 2));
                CausalSoftmaxKernel.Backward(weights, scores, block, _settings.Scale, _settings.SoftCap, products);
                Queries(queryGradient, block).copy_(scores.bmm(Keys(key, block)));
                Add(keyGradient, scores.transpose(1, 2).bmm(Queries(query, block)), block, isFirst);
                Add(valueGradient, weights.transpose(1, 2).bmm(Queries(output, block)), block, isFirst);
                isFirst = false;
            }
        }

        HeadLayoutKernel.MergeHeads(scratch.Query, gradients.Query, _queryShape, pass.Sequences, TablesOf(pass)?.ForQueries);
        HeadLayoutKernel.MergeHeads(scratch.Key, gradients.Key, _keyShape, pass.Sequences, TablesOf(pass));
        HeadLayoutKernel.MergeHeads(scratch.Value, gradients.Value, _keyShape, pass.Sequences, null);
    }

    // Adds to the gradient of a block's keys. The last block is computed first. It has every key, except those before its window, so it overwrites.
    private static void Add(Tensor gradient, Tensor part, AttentionBlock block, bool isFirst)
    {
        if (!isFirst)
        {
            Keys(gradient, block).Add_(part);
            return;
        }

        if (block.FirstKey > 0)
        {
            gradient.narrow(1, 0, block.FirstKey).zero_();
        }

        Keys(gradient, block).copy_(part);
    }

    private Tensor Weights(Tensor query, Tensor key, AttentionBlock block)
    {
        var scores = Products(query, key, block);
        CausalSoftmaxKernel.Forward(scores, block, _settings.Scale, _settings.SoftCap);
        return scores;
    }

    private static Tensor Products(Tensor query, Tensor key, AttentionBlock block) =>
        Queries(query, block).bmm(Keys(key, block).transpose(1, 2));

    private IEnumerable<(int Start, int Count, int Length)> Parts(PackedSequences sequences)
    {
        foreach (var (start, count, length) in sequences.Runs())
        {
            long heads = _queryShape.KeyValueHeads * _queryShape.Groups;
            int together = (int)Math.Max(1, MaxScores / (heads * Math.Min(BlockQueries, length) * length));
            for (int done = 0; done < count; done += together)
            {
                yield return (start + (done * length), Math.Min(together, count - done), length);
            }
        }
    }

    private IEnumerable<AttentionBlock> Blocks(long length)
    {
        for (long first = 0; first < length; first += BlockQueries)
        {
            yield return new AttentionBlock(first, Math.Min(BlockQueries, length - first), _queryShape.Groups, _settings.Window);
        }
    }

    private static Tensor Queries(Tensor heads, AttentionBlock block) =>
        heads.narrow(1, block.FirstQuery * block.Groups, block.Queries * block.Groups);

    private static Tensor Keys(Tensor heads, AttentionBlock block) => heads.narrow(1, block.FirstKey, block.Keys);

    private (Tensor Query, Tensor Key, Tensor Value) View(
        (Tensor Query, Tensor Key, Tensor Value) heads, int start, int count, int length) => (
            View(heads.Query, _queryShape, start, count, length),
            View(heads.Key, _keyShape, start, count, length),
            View(heads.Value, _keyShape, start, count, length));

    private RotaryTables? TablesOf(CpuPass pass) => _settings.UsesRotary ? pass.RotaryTablesOf(_settings.Window is not null) : null;

    // (sequences·Hk, T·G, D)
    private static Tensor View(Tensor heads, HeadShape shape, int start, int count, int length) => heads.view(-1)
        .narrow(0, start * shape.Width, count * length * shape.Width)
        .view(count * shape.KeyValueHeads, length * shape.Groups, shape.Dim);
}
