using LLama;
using LLama.Native;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Checkpoints.Safetensors;
using Microsoft.ML.Asft.Export.Gguf;
using Microsoft.ML.Asft.Export.Tests.Support;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Modeling.Storage;
using Microsoft.ML.Asft.Tests.Support;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Export.Tests;

/// <summary>The number formats.</summary>
public sealed class TypeTests(Xunit.Abstractions.ITestOutputHelper output)
{
    private const string Prompt = "<|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n";

    [Theory]
    [InlineData(GgufType.Float16)]
    [InlineData(GgufType.BFloat16)]
    [InlineData(GgufType.Q8_0)]
    public void A_type_costs_no_more_than_rounding_weights_and_activations_to_it(GgufType type)
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "model.gguf");
        using var model = OurModel.Load(OurModel.BaseFolder);
        model.ExportGguf(file, new() { Type = type });
        using var llama = new LlamaCpp(file);

        int[] ids = [.. model.Tokenizer.EncodeToIds(string.Concat(Enumerable.Repeat(Prompt, 4))).Take(64)];
        var ours = OurModel.Logits(model.Model, ids);
        double kl = OurModel.Divergence(ours, llama.Logits(ids));
        double rounded = OurModel.Divergence(ours, LogitsRoundedToQ8(model.Model, ids));

        output.WriteLine($"KL {kl:E2}; with weights rounded to Q8_0 alone {rounded:E2}");

        // llama.cpp rounds what it multiplies with to the same type. The base model's weights are bfloat16 numbers already.
        Assert.InRange(kl, 0, 4 * rounded);
        Assert.InRange(kl, 1e-12, 1e-2);
    }

    [Fact]
    public void Q8_0_is_a_scale_and_32_numbers_of_8_bits()
    {
        float[] values = [.. Enumerable.Range(0, 32).Select(i => (i - 12) * 0.37f)];
        byte[] block = new byte[34];
        TensorEncoder.Encode(values, GgufType.Q8_0, block);

        float scale = (float)BitConverter.ToHalf(block);
        Assert.Equal(19 * 0.37f / 127, scale, 1e-4f);
        for (int i = 0; i < values.Length; i++)
        {
            Assert.Equal(values[i], scale * (sbyte)block[2 + i], 0.51f * scale);
        }

        TensorEncoder.Encode(new float[32], GgufType.Q8_0, block);
        Assert.All(block, value => Assert.Equal(0, value));
    }

    [Fact]
    public void Q8_0_is_byte_for_byte_what_llama_cpp_quantizes_to()
    {
        using var folder = new TemporaryFolder();
        var (source, theirs, ours) = (Path.Combine(folder.Path, "f32.gguf"), Path.Combine(folder.Path, "theirs.gguf"), Path.Combine(folder.Path, "ours.gguf"));
        using var model = OurModel.Load(OurModel.BaseFolder);
        model.ExportGguf(source, new() { Type = GgufType.Float32 });
        model.ExportGguf(ours, new() { Type = GgufType.Q8_0 });
        Assert.True(LLamaQuantizer.Quantize(source, theirs, LLamaFtype.MOSTLY_Q8_0, nthread: 1));

        // Their file has other metadata, and what follows is in another order. So each projection's bytes are looked for in it.
        byte[] file = File.ReadAllBytes(theirs);
        var layers = model.Model.AdaptableLayers().ToArray();
        Assert.NotEmpty(layers);
        Assert.All(layers, layer =>
        {
            using var scope = NewDisposeScope();
            using var stored = new Int8Weight(layer.Layer.Weight, layer.Name);
            Assert.Equal(layer.Layer.Weight.numel() / 32 * 34, stored.Bytes);
            Assert.True(file.AsSpan().IndexOf(stored.Blocks) >= 0, layer.Name);
            Assert.True(File.ReadAllBytes(ours).AsSpan().IndexOf(stored.Blocks) >= 0, layer.Name);
        });
    }

    [Fact]
    public void BFloat16_is_what_libtorch_rounds_to()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var values = cat([empty(1000).normal_(0, 3, generator), tensor([1.00390625f, 1.01171875f, 0, float.Epsilon, float.MaxValue / 2])]);
        byte[] bytes = new byte[values.NumberOfElements * 2];
        TensorEncoder.Encode(values.data<float>().ToArray(), GgufType.BFloat16, bytes);
        Assert.Equal(values.to_type(ScalarType.BFloat16).bytes.ToArray(), bytes);
    }

    [Fact]
    public void A_number_too_large_for_F16_is_refused_by_its_tensor_and_nothing_is_left()
    {
        using var folder = new TemporaryFolder();
        Save(folder.Path, 1e5);
        using var model = OurModel.Load(Path.Combine(folder.Path, "model"));
        string file = Path.Combine(folder.Path, "out", "model.gguf");

        var refusal = Assert.Throws<NotSupportedException>(() => model.ExportGguf(file, new() { Type = GgufType.Float16, Modelfile = true }));

        Assert.Contains("model.layers.1.mlp.up_proj.weight", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("BF16", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(file)!));
        Assert.Equal(model.ExportGguf(file).Bytes, new FileInfo(file).Length);
    }

    [Fact]
    public void A_number_that_is_not_finite_is_refused_by_its_tensor_and_the_old_file_stays()
    {
        using var folder = new TemporaryFolder();
        Save(folder.Path, double.NaN);
        using var model = OurModel.Load(Path.Combine(folder.Path, "model"));
        string file = folder.Write("model.gguf", "old");
        var refusal = Assert.Throws<NotSupportedException>(() => model.ExportGguf(file));
        Assert.Contains("model.layers.1.mlp.up_proj.weight", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(file));
        Assert.Equal(2, Directory.EnumerateFileSystemEntries(folder.Path).Count());
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_bfloat16_number_that_is_not_finite_is_refused_and_the_largest_finite_ones_are_not(float value)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var file = File.Create(Path.Combine(folder.Path, "weights"));
        float largest = BitConverter.UInt32BitsToSingle(0x7F7F0000);
        foreach (float sign in new[] { 1f, -1f })
        {
            var weight = full([3, 50], sign, ScalarType.BFloat16);
            weight[1, 40] = tensor(sign * largest, ScalarType.BFloat16);
            Write(weight);
            weight[2, 49] = tensor(value, ScalarType.BFloat16);
            Assert.Throws<NotSupportedException>(() => Write(weight));
        }

        void Write(Tensor weight) => TensorEncoder.Write(
            file, GgufTensor.Of("weight", GgufType.BFloat16, new LazyTensor("weight", weight.dtype, sizeof(short), weight.shape, () => weight.alias())));
    }

    [Fact]
    public void Rows_that_are_no_whole_blocks_are_bfloat16_and_counted()
    {
        using var folder = new TemporaryFolder();
        var config = ModelConfig.Create("llama", 2048, 64, 80, 2, 4, 2) with { EosTokenIds = [2047] };
        RandomModel.Create(config).Save(Path.Combine(folder.Path, "model"));
        using var model = OurModel.Load(Path.Combine(folder.Path, "model"));
        string file = Path.Combine(folder.Path, "model.gguf");
        var result = model.ExportGguf(file, new() { Type = GgufType.Q8_0 });
        Assert.Contains(result.Warnings, warning => warning.StartsWith("2 of 21 tensors are BF16", StringComparison.Ordinal));  // down_proj
        using var llama = new LlamaCpp(file);
        Assert.Equal(16, llama.Logits(OurModel.Ids(2048, 16)).Length);
    }

    private static void Save(string folder, double value) => RandomModel.Create(RandomModel.Configure("llama"))
        .With(weight => weight.clone().index_fill_(0, tensor([3L]), value), "layers.1.mlp.up_proj.weight").Save(Path.Combine(folder, "model"));

    // What our own model computes with weights that went through Q8_0 and back.
    private static float[][] LogitsRoundedToQ8(CausalLanguageModel model, int[] ids)
    {
        // The scope also keeps tensors alive while native code reads them: without it a collection may free an argument of copy_.
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var matrices = model.parameters().Where(parameter => parameter.dim() == 2).ToArray();
        var kept = matrices.Select(matrix => matrix.clone()).ToArray();
        foreach (var matrix in matrices)
        {
            float[] values = matrix.data<float>().ToArray();
            byte[] bytes = new byte[values.Length / 32 * 34];
            TensorEncoder.Encode(values, GgufType.Q8_0, bytes);
            for (int i = 0; i < values.Length; i++)
            {
                int block = i / 32 * 34;
                values[i] = (float)BitConverter.ToHalf(bytes, block) * (sbyte)bytes[block + 2 + (i % 32)];
            }

            matrix.copy_(tensor(values).view(matrix.shape));
        }

        var logits = OurModel.Logits(model, ids);
        foreach (var (matrix, old) in matrices.Zip(kept))
        {
            matrix.copy_(old);
        }

        return logits;
    }
}
