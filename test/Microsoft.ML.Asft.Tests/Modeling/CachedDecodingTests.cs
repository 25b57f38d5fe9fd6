using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Tests.Support;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Modeling;

/// <summary>Decoding with a cache against one forward pass without, in the ways that sequences can share a cache.</summary>
public class CachedDecodingTests
{
    private static readonly int[] Lengths = [9, 3, 17];

    public static TheoryData<string, bool> ModelsWithAndWithoutAdapter() => DecoderTests.ModelsWithAndWithoutAdapter();

    [Theory]
    [MemberData(nameof(ModelsWithAndWithoutAdapter))]
    public void Sequences_of_unequal_length_have_the_logits_of_each_alone_at_every_position(string name, bool adapter)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = Golden.Load(name, adapter: adapter).Model;
        Agree(model, Uncached(model), [.. Decode(model, pieces: [1, 1, 1, 1, 1, 1])], 1e-4);
    }

    [Theory]
    [InlineData("mistral")]
    [InlineData("qwen3-tied")]
    public void Several_tokens_at_once_may_follow_sequences_of_unequal_length(string name)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = Golden.Load(name).Model;
        Agree(model, Uncached(model), [.. Decode(model, pieces: [2, 1, 3])], 1e-4);
    }

    [Fact]
    public void Attention_so_sure_that_its_exponentials_would_overflow_stays_a_number()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = Golden.Load("llama").Model;
        foreach (var (name, layer) in model.AdaptableLayers())
        {
            if (name.EndsWith("q_proj", StringComparison.Ordinal))
            {
                layer.Weight.mul_(1e3);
            }
        }

        Assert.All(Decode(model, pieces: [1, 1, 1]), logits => Assert.True(logits.isfinite().all().item<bool>()));
    }

    [Theory]
    [MemberData(nameof(ModelsWithAndWithoutAdapter))]
    public void Decoding_without_tensors_computes_the_hidden_states_of_the_operators(string name, bool adapter)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = Golden.Load(name, adapter: adapter).Model;
        var direct = cat(Decode(model, pieces: [1, 1, 1, 1, 1, 1]), 0);
        ((Decoder)model).DecodesByOperators = true;
        var operators = cat(Decode(model, pieces: [1, 1, 1, 1, 1, 1]), 0);
        double difference = direct.sub(operators).abs().max().item<float>() / operators.std().item<float>();
        Assert.True(difference is > 0 and < 1e-5, $"The hidden states differ by {difference} of their standard deviation.");
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(2, 5)]
    public void Within_its_capacity_a_cache_is_written_in_place(int first, int second)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = Golden.Load("llama").Model;
        ((Decoder)model).DecodesByOperators = true;
        using var cache = (DecoderCache)model.CreateCache(0, 0)!;
        cache.Reserve(2, 32);
        foreach (int length in new[] { first, second })
        {
            using var prompt = model.CreateCache(1, length)!;
            model.Forward(full([1, length], 3, ScalarType.Int64), cache: prompt);
            cache.Add(prompt, 0);
        }

        var (keys, values) = (cache[0].KeyMemory, cache[0].ValueMemory);
        for (int i = 0; i < 10; i++)
        {
            model.Forward(full([2, 1], 3, ScalarType.Int64), cache: cache);
        }

        Assert.Equal([first + 10, second + 10], new[] { cache.LengthOf(0), cache.LengthOf(1) });
        Assert.Equal((keys, values), (cache[0].KeyMemory, cache[0].ValueMemory));
        Assert.All([cache[0].Keys, cache[0].Values], room => Assert.True(room.select(0, 0).narrow(1, 0, first + 10).abs().sum([0, 2]).gt(0).all().item<bool>()));
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("mistral")]
    public void Half_precision_decodes_within_its_precision(string name)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = Golden.Load(name, ScalarType.BFloat16).Model;
        Agree(model, Uncached(model), [.. Decode(model, pieces: [1, 2, 1, 1, 1])], 0.2);   // the logits go to 16, where bfloat16 has steps of 0.06
    }

    [Theory]
    [MemberData(nameof(ModelsWithAndWithoutAdapter))]
    public void A_row_is_the_same_to_the_last_bit_whatever_is_beside_it(string name, bool adapter)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = Golden.Load(name, adapter: adapter).Model;
        var together = Decode(model, pieces: [1, 1, 1, 1, 1, 1]);
        for (int row = 0; row < Lengths.Length; row++)
        {
            var alone = Decode(model, pieces: [1, 1, 1, 1, 1, 1], only: row);
            Assert.True(together[row].eq(alone[0]).all().item<bool>());
        }
    }

    [Fact]
    public void The_last_sequence_takes_the_place_of_one_that_leaves()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = Golden.Load("qwen2").Model;
        using var cache = Prefilled(model, [0, 1, 2]);
        cache.RemoveAt(0);
        Assert.Equal(2, cache.Count);
        Assert.Equal([17, 3], new[] { cache.LengthOf(0), cache.LengthOf(1) });
        var next = model.Forward(cat([Ids(2).narrow(1, 17, 1), Ids(1).narrow(1, 3, 1)], 0), cache: cache);
        var expected = Uncached(model);
        Assert.True(next[0].allclose(expected[2].narrow(0, 17, 1), 1e-4, 1e-4));
        Assert.True(next[1].allclose(expected[1].narrow(0, 3, 1), 1e-4, 1e-4));
    }

    [Fact]
    public void An_input_with_other_rows_than_the_cache_is_an_error()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = Golden.Load("qwen2").Model;
        using var cache = model.CreateCache(2, 4)!;
        Assert.Throws<ArgumentException>(() => model.Forward(Ids(0), cache: cache));
    }

    // The hidden states of each row from forward passes without a cache, (T, H): one pass over the prompt, and then one for each token that follows,
    // over the text up to it. One pass over the whole text would not do: with longrope the earlier hidden states depend on the length of the text.
    private static Tensor[] Uncached(CausalLanguageModel model) => [.. Lengths.Select((length, row) => cat(
        [
            model.Forward(Ids(row).narrow(1, 0, length)).squeeze(0),
            .. Enumerable.Range(length + 1, 6).Select(end => model.Forward(Ids(row).narrow(1, 0, end)).squeeze(0).narrow(0, end - 1, 1)),
        ], 0))];

    // The same with a cache: the prompt, then pieces. Six tokens follow each prompt.
    private static Tensor[] Decode(CausalLanguageModel model, int[] pieces, int? only = null)
    {
        int[] rows = only is { } one ? [one] : [0, 1, 2];
        var parts = rows.Select(row => new List<Tensor>()).ToArray();
        using var cache = Prefilled(model, rows, (row, hidden) => parts[Array.IndexOf(rows, row)].Add(hidden.squeeze(0)));
        int done = 0;
        foreach (int piece in pieces)
        {
            var input = cat([.. rows.Select(row => Ids(row).narrow(1, Lengths[row] + done, piece))], 0);
            var hidden = model.Forward(input, cache: cache);
            for (int i = 0; i < rows.Length; i++)
            {
                parts[i].Add(hidden[i]);
            }

            done += piece;
        }

        return [.. parts.Select(part => cat(part, 0))];
    }

    private static KeyValueCache Prefilled(CausalLanguageModel model, int[] rows, Action<int, Tensor>? told = null)
    {
        var cache = model.CreateCache(0, 0)!;
        foreach (int row in rows)
        {
            using var own = model.CreateCache(1, Lengths[row])!;
            var hidden = model.Forward(Ids(row).narrow(1, 0, Lengths[row]), cache: own);
            told?.Invoke(row, hidden);
            cache.Add(own, 0);
        }

        return cache;
    }

    private static void Agree(CausalLanguageModel model, Tensor[] expected, Tensor[] found, double tolerance)
    {
        for (int row = 0; row < expected.Length; row++)
        {
            var head = model.HeadWeight.t();
            var difference = expected[row].mm(head).sub(found[row].mm(head)).abs().max().to_type(ScalarType.Float32).item<float>();
            Assert.True(difference < tolerance, $"The logits of row {row} differ by {difference}.");
        }
    }

    private static Tensor Ids(int row)
    {
        var random = new Random(row);
        return tensor([.. Enumerable.Range(0, Lengths[row] + 6).Select(_ => random.NextInt64(3, 256))], [1, Lengths[row] + 6]);
    }
}
