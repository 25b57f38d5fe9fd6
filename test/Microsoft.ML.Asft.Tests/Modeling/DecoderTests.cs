using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Tests.Support;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Modeling;

public class DecoderTests
{
    public static TheoryData<string, bool> ModelsWithAndWithoutAdapter()
    {
        var data = new TheoryData<string, bool>();
        foreach (string model in Golden.Models)
        {
            data.Add(model, true);
            data.Add(model, false);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(ModelsWithAndWithoutAdapter))]
    public void Cached_decoding_gives_the_hidden_states_of_one_forward_pass(string name, bool adapter)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = Golden.Load(name, adapter: adapter).Model;
        var ids = Ids(2, 20);
        var whole = model.Forward(ids);
        using var cache = model.CreateCache(2, 20)!;
        var parts = new List<Tensor> { model.Forward(ids.narrow(1, 0, 7), cache: cache) };
        for (int i = 7; i < 20; i++)
        {
            parts.Add(model.Forward(ids.narrow(1, i, 1), cache: cache));
        }

        Assert.Equal(20, cache.LengthOf(1));
        Assert.True(whole.allclose(cat(parts, 1), 1e-4, 1e-4));
    }

    [Theory]
    [MemberData(nameof(ModelsWithAndWithoutAdapter))]
    public void Padding_on_the_left_changes_nothing(string name, bool adapter)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = Golden.Load(name, adapter: adapter).Model;
        var ids = Ids(1, 12);
        var padded = cat([zeros([1, 5], ScalarType.Int64), ids], 1);
        var mask = cat([zeros([1, 5], ScalarType.Int64), ones([1, 12], ScalarType.Int64)], 1);
        Assert.True(model.Forward(ids).allclose(model.Forward(padded, mask).narrow(1, 5, 12), 1e-4, 1e-4));
    }

    // With longrope the rotary frequencies follow from the four tokens, not from the twelve of the padded row.
    [Fact]
    public void Padding_does_not_make_a_sequence_a_long_one()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = Golden.Load("phi35-long").Model;
        var ids = Ids(1, 4);
        var padded = cat([zeros([1, 8], ScalarType.Int64), ids], 1);
        var mask = cat([zeros([1, 8], ScalarType.Int64), ones([1, 4], ScalarType.Int64)], 1);
        Assert.True(model.Forward(ids).allclose(model.Forward(padded, mask).narrow(1, 8, 4), 1e-4, 1e-4));
        Assert.False(model.Forward(ids).allclose(model.Forward(cat([ids, ids], 1)).narrow(1, 0, 4), 1e-2, 1e-2));
    }

    [Fact]
    public void Padding_on_the_right_changes_nothing_before_it()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = Golden.Load("qwen2").Model;
        var ids = Ids(1, 9);
        var padded = cat([ids, zeros([1, 4], ScalarType.Int64)], 1);
        Assert.True(model.Forward(ids).allclose(model.Forward(padded).narrow(1, 0, 9), 1e-5, 1e-5));
    }

    [Fact]
    public void Adapters_off_is_the_model_before_fine_tuning()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var bare = Golden.Load("llama", adapter: false).Model;
        using var adapted = Golden.Load("llama").Model;
        var ids = Ids(1, 9);
        var before = bare.Forward(ids);
        Assert.False(adapted.Forward(ids).allclose(before, 1e-3, 1e-3));
        adapted.AdaptersEnabled = false;
        Assert.True(adapted.Forward(ids).allclose(before, 0, 0));
    }

    [Fact]
    public void Parameters_carry_the_names_of_the_files()
    {
        using var model = Golden.Load("qwen3-tied", adapter: false).Model;
        var names = model.named_parameters().Select(p => p.name).ToHashSet();
        Assert.Contains("model.embed_tokens.weight", names);
        Assert.Contains("model.layers.1.self_attn.q_norm.weight", names);
        Assert.Contains("model.layers.0.mlp.down_proj.weight", names);
        Assert.Contains("model.norm.weight", names);
        Assert.DoesNotContain("lm_head.weight", names);
    }

    private static Tensor Ids(int rows, int length)
    {
        var random = new Random(5);
        return tensor([.. Enumerable.Range(0, rows * length).Select(_ => random.NextInt64(3, 256))], [rows, length]);
    }

    [Theory]
    [MemberData(nameof(ModelsWithAndWithoutAdapter))]
    public void Packed_sequences_have_the_hidden_states_that_they_have_alone(string model, bool adapter)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var loaded = Golden.Load(model, adapter: adapter);
        using var decoder = (Decoder)loaded.Model;
        int[][] ids = [.. Golden.Examples.Take(4).Select(e => e.InputIds)];
        var sequences = new PackedSequences([.. ids.Select(i => (ReadOnlyMemory<int>)i)], new uint[ids.Length]);
        var (packedIds, layout) = sequences.ToTensors(CPU);
        var packed = decoder.ForwardPacked(packedIds, layout);
        for (int i = 0; i < ids.Length; i++)
        {
            var alone = decoder.Forward(tensor(ids[i].Select(id => (long)id).ToArray(), [1, ids[i].Length]));
            Assert.True(packed.narrow(1, sequences.Starts[i], ids[i].Length).allclose(alone, 1e-4, 1e-5));
        }
    }
}
