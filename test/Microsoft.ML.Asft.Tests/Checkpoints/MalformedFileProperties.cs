using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML.Asft.Checkpoints.Adapters;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Checkpoints.Safetensors;
using Microsoft.ML.Asft.Tests.Checkpoints.Configuration;
using Microsoft.ML.Asft.Tests.Checkpoints.Safetensors;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Checkpoints;

/// <summary>
/// Whatever stands in a file, reading it succeeds or ends in an error that names the file: no crash, no hang, and no memory
/// taken on the word of a file that does not have what it claims.
/// </summary>
public sealed class MalformedFileProperties : IDisposable
{
    private const long MostMemory = 32 << 20;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Safetensors_headers() => Check(500, mutations =>
    {
        const string Header = """
            {"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},
             "b":{"dtype":"BF16","shape":[4],"data_offsets":[24,32]},"c":{"dtype":"BOOL","shape":[],"data_offsets":[32,33]}}
            """;
        byte[] header = Mutation.Apply(mutations, Header);
        byte[] file = [.. BitConverter.GetBytes((long)header.Length), .. header, .. new byte[33]];
        string path = _folder.Write("x.safetensors", file);

        Survives(path, () => ReadAll(path));
    });

    [Fact]
    public void Safetensors_files() => Check(500, mutations =>
    {
        byte[] file = SafetensorsBytes.Floats(("a", [1, 2]), ("b", [3]));
        foreach (var mutation in mutations)
        {
            int at = mutation.Position % file.Length;
            file = mutation.Kind == 0 ? file[..(at + 1)] : [.. file[..at], (byte)mutation.Token[0], .. file[(at + 1)..]];
        }

        string path = _folder.Write("x.safetensors", file);

        Survives(path, () => ReadAll(path));
    });

    [Fact]
    public void Index_files() => Check(500, mutations =>
    {
        _folder.Write("one.safetensors", SafetensorsBytes.Floats(("a", [1]), ("c", [3])));
        _folder.Write("two.safetensors", SafetensorsBytes.Floats(("b", [2])));
        _folder.Write("model.safetensors.index.json", Mutation.Apply(mutations, """
            {"metadata":{"total_size":12},"weight_map":{"a":"one.safetensors","b":"two.safetensors","c":"one.safetensors"}}
            """));

        Survives(_folder.Path, () =>
        {
            using var source = TensorSource.Open(_folder.Path);
            foreach (string name in source.Names)
            {
                using var tensor = source.Read(name);
            }
        });
    });

    [Fact]
    public void Model_configurations()
    {
        const string Scaling = """
            {"rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":64}
            """;
        string text = ConfigJson.Of(
            "qwen2", ("rms_norm_eps", "1e-06"), ("rope_theta", "1000000.0"), ("eos_token_id", "[2,3]"), ("sliding_window", "32"),
            ("use_sliding_window", "true"), ("max_window_layers", "2"), ("torch_dtype", "\"bfloat16\""), ("head_dim", "16"),
            ("rope_scaling", Scaling));

        CheckText(text, "config.json", () =>
        {
            var config = ModelConfig.Load(_folder.Path);
            Assert.InRange((long)config.NumAttentionHeads * config.HeadDim * config.HiddenSize, 1, 1L << 48);
            Assert.Equal(0, config.NumAttentionHeads % config.NumKeyValueHeads);
            Assert.All(Enumerable.Range(0, config.NumHiddenLayers), layer => config.UsesSlidingWindow(layer));

            _folder.Write("config.json", config.ToJson());
            var again = ModelConfig.Load(_folder.Path);
            Assert.Equal(config with { Source = again.Source, EosTokenIds = again.EosTokenIds, LayerTypes = again.LayerTypes }, again);
        });
    }

    [Fact]
    public void Adapter_configurations()
    {
        const string Text = """
            {"peft_type":"LORA","task_type":"CAUSAL_LM","bias":"none","r":8,"lora_alpha":16,"lora_dropout":0.05,"use_rslora":true,
             "target_modules":["q_proj","v_proj"],"exclude_modules":".*lm_head","rank_pattern":{"q_proj":4},"alpha_pattern":{"v_.*":2.5},
             "init_lora_weights":true,"modules_to_save":null,"base_model_name_or_path":"some/model"}
            """;

        CheckText(Text, "adapter_config.json", () =>
        {
            var config = AdapterConfig.Load(_folder.Path);
            foreach (string module in new[] { "model.layers.0.self_attn.q_proj", "lm_head", "", "." })
            {
                config.Matches(module);
                Assert.True(config.RankOf(module) > 0 && config.ScaleOf(module) > 0);
            }
        });
    }

    [Fact]
    public void What_is_written_is_read_back_whatever_the_shapes() => Prop.ForAll(
        Arb.From((from dimensions in Gen.Choose(0, 4) from shape in Gen.Choose(0, 5).ArrayOf(dimensions) select shape).ArrayOf()),
        shapes =>
        {
            using var scope = NewDisposeScope();
            var tensors = shapes.Select((shape, i) =>
            {
                var dtype = i % 2 == 0 ? ScalarType.Float32 : ScalarType.BFloat16;
                return KeyValuePair.Create($"t{i}", randn([.. shape.Select(size => (long)size)]).to_type(dtype));
            }).ToList();
            SafetensorsWriter.Write(_folder["x.safetensors"], tensors);

            using var file = SafetensorsFile.Open(_folder["x.safetensors"]);

            Assert.Equal(tensors.Count, file.Entries.Count);
            Assert.All(tensors, tensor =>
            {
                var read = file.Read(tensor.Key);
                Assert.Equal(tensor.Value.shape, read.shape);
                Assert.Equal(tensor.Value.dtype, read.dtype);
                Assert.True(tensor.Value.eq(read).all().item<bool>());
            });
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(100));

    private static void Check(int times, Action<Mutation[]> property) =>
        Prop.ForAll(Mutation.Some, property).Check(Config.QuickThrowOnFailure.WithMaxTest(times));

    private void CheckText(string text, string file, Action read)
    {
        Assert.All(Mutation.Replacements(text), Spoil);
        Check(500, Spoil);

        void Spoil(Mutation[] mutations)
        {
            _folder.Write(file, Mutation.Apply(mutations, text));
            Survives(file, read);
        }
    }

    private static void ReadAll(string path)
    {
        using var file = SafetensorsFile.Open(path);
        foreach (string name in file.Entries.Keys)
        {
            using var tensor = file.Read(name, ScalarType.Float32);
        }
    }

    private static void Survives(string named, Action read)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            read();
        }
        catch (Exception e) when (e is InvalidDataException or NotSupportedException or FileNotFoundException)
        {
            Assert.Contains(named, e.Message);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostMemory);
    }
}
