using System.Text;
using Microsoft.ML.Asft.Checkpoints;
using Microsoft.ML.Asft.Checkpoints.Safetensors;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Tests.Support;
using static TorchSharp.torch;
using Decoder = Microsoft.ML.Asft.Modeling.Decoder;

namespace Microsoft.ML.Asft.Tests.Checkpoints;

/// <summary>What stands in the weights' files is used, told or refused, and never left unread without a word.</summary>
public sealed class ModelWeightsTests
{
    private const string Query = "model.layers.0.self_attn.q_proj";

    private readonly List<string> _warnings = [];

    [Fact]
    public void Files_with_nothing_more_than_the_model_has_are_loaded_without_a_word()
    {
        foreach (string name in Golden.Models)
        {
            using var model = CausalLanguageModel.Load(Path.Combine(Golden.Folder, name), warn: _warnings.Add);
        }

        Assert.Empty(_warnings);
    }

    [Theory]
    [InlineData($"{Query}.bias")]
    [InlineData("model.layers.0.self_attn.q_norm.weight")]
    [InlineData("model.layers.99.self_attn.q_proj.weight")]
    [InlineData("model.visual.patch_embed.weight")]
    [InlineData("lm_head.bias")]
    [InlineData("score.weight")]
    public void A_tensor_that_nobody_reads_is_told_by_name(string name)
    {
        using var folder = new EditedModel().With((name, ones(4)));

        using var model = CausalLanguageModel.Load(folder.Path, warn: _warnings.Add);

        Assert.Contains($"'{name}'", Assert.Single(_warnings), StringComparison.Ordinal);
        Assert.Contains(" 1 of ", _warnings[0], StringComparison.Ordinal);
        var error = Assert.Throws<InvalidDataException>(() => CausalLanguageModel.Load(folder.Path));
        Assert.Contains($"'{name}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Many_are_counted_and_the_first_named()
    {
        using var folder = new EditedModel().With([.. Enumerable.Range(0, 20).Select(i => ($"extra.{i:D2}", ones(1)))]);

        using var model = CausalLanguageModel.Load(folder.Path, warn: _warnings.Add);

        Assert.Contains("20 of ", Assert.Single(_warnings), StringComparison.Ordinal);
        Assert.Contains("'extra.00', 'extra.01', 'extra.02' and 17 more", _warnings[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Rotary_frequencies_of_older_files_follow_from_the_configuration_and_are_no_matter()
    {
        using var folder = new EditedModel().With(("model.layers.0.self_attn.rotary_emb.inv_freq", ones(8)));

        using var model = CausalLanguageModel.Load(folder.Path);
    }

    [Fact]
    public void The_log_of_the_context_has_the_warning()
    {
        using var tiny = new TinyModel();
        string path = Path.Combine(tiny.Path, "model.safetensors");
        KeyValuePair<string, Tensor>[] tensors;
        using (var file = SafetensorsFile.Open(path))
        {
            tensors = [.. file.Entries.Keys.Select(name => KeyValuePair.Create(name, file.Read(name))), new("spare", ones(1))];
        }

        SafetensorsWriter.Write(path, tensors);
        var mlContext = new MLContext();
        mlContext.Log += (_, e) =>
        {
            if (e.Kind == Runtime.ChannelMessageKind.Warning)
            {
                _warnings.Add(e.RawMessage);
            }
        };
        using var model = mlContext.Model.LoadAsft(new AsftOptions { ModelPath = tiny.Path, Template = "plain" });

        Assert.Contains("'spare'", Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.layers.0.mlp.up_proj.SCB", "bitsandbytes")]
    [InlineData("model.layers.0.mlp.up_proj.weight.absmax", "bitsandbytes")]
    [InlineData("model.layers.0.mlp.up_proj.weight.quant_state.bitsandbytes__nf4", "bitsandbytes")]
    [InlineData("model.layers.0.mlp.up_proj.qweight", "GPTQ or AWQ")]
    [InlineData("model.layers.0.mlp.up_proj.qzeros", "GPTQ or AWQ")]
    [InlineData("model.layers.0.mlp.up_proj.scales", "GPTQ or AWQ")]
    [InlineData("model.layers.0.mlp.up_proj.g_idx", "GPTQ")]
    [InlineData("model.layers.0.mlp.up_proj.weight_packed", "compressed-tensors")]
    [InlineData("model.layers.0.mlp.up_proj.weight_scale", "scales")]
    [InlineData("model.layers.0.mlp.up_proj.weight_scale_inv", "fp8")]
    [InlineData("model.layers.0.mlp.experts.gate_up_proj_blocks", "MXFP4")]
    [InlineData("model.layers.0.mlp.up_proj.W_q", "HQQ")]
    public void Quantised_weights_are_known_by_what_stands_beside_them(string name, string method)
    {
        using var folder = new EditedModel().With((name, ones(2)));

        var error = Assert.Throws<NotSupportedException>(() => CausalLanguageModel.Load(folder.Path, warn: _warnings.Add));

        Assert.Contains($"'{name}'", error.Message, StringComparison.Ordinal);
        Assert.Contains(method, error.Message, StringComparison.Ordinal);
        Assert.Contains("model.safetensors", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ScalarType.Int8, "I8")]
    [InlineData(ScalarType.Byte, "U8")]
    [InlineData(ScalarType.Int32, "I32")]
    [InlineData(ScalarType.Int64, "I64")]
    [InlineData(ScalarType.Bool, "BOOL")]
    public void Whole_numbers_are_no_weights(ScalarType type, string stored)
    {
        using var folder = new EditedModel();
        folder.With(($"{Query}.weight", ones_like(folder[$"{Query}.weight"], dtype: type)));

        var error = Assert.Throws<NotSupportedException>(() => CausalLanguageModel.Load(folder.Path, warn: _warnings.Add));

        Assert.Contains($"'{Query}.weight' is stored as {stored}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_eight_bits_without_their_scales_are_refused_by_name()
    {
        using var folder = new EditedModel();
        folder.With(($"{Query}.weight", ones_like(folder[$"{Query}.weight"], dtype: ScalarType.Int8)));
        folder.Rewrite(bytes => Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(bytes)
            .Replace("\"I8\"", "\"F8_E4M3\"", StringComparison.Ordinal)
            is var text && BitConverter.ToInt64(bytes) is var length ? Resized(text, length + "F8_E4M3".Length - "I8".Length) : ""));

        var error = Assert.Throws<NotSupportedException>(() => CausalLanguageModel.Load(folder.Path, warn: _warnings.Add));

        Assert.Contains($"'{Query}.weight' is stored as F8_E4M3", error.Message, StringComparison.Ordinal);

        static string Resized(string text, long length) => Encoding.Latin1.GetString(BitConverter.GetBytes(length)) + text[8..];
    }

    [Fact]
    public void A_head_that_differs_from_the_embedding_is_the_head_whatever_the_flag_says()
    {
        using var folder = new EditedModel("qwen2-tied");
        var head = randn(folder[ModelWeights.Embedding].shape);
        folder.With((ModelWeights.Head, head));

        using var model = (Decoder)CausalLanguageModel.Load(folder.Path, warn: _warnings.Add);

        Assert.True(model.HeadWeight.eq(head).all().item<bool>());
        Assert.False(model.Embedding.Weight.eq(head).all().item<bool>());
        Assert.Contains("'lm_head.weight'", Assert.Single(_warnings), StringComparison.Ordinal);
        Assert.Contains("tie_word_embeddings", _warnings[0], StringComparison.Ordinal);

        using var saved = new TemporaryFolder();
        ModelTensors.Save(model, model.Config, saved.Path, copyFrom: null);
        using var again = (Decoder)CausalLanguageModel.Load(saved.Path);
        Assert.True(again.HeadWeight.eq(head).all().item<bool>());
    }

    [Fact]
    public void A_head_that_is_the_embedding_s_copy_stays_tied()
    {
        using var folder = new EditedModel("qwen2-tied");
        folder.With((ModelWeights.Head, folder[ModelWeights.Embedding].clone()));

        using var model = (Decoder)CausalLanguageModel.Load(folder.Path);

        Assert.Same(model.Embedding.Weight, model.HeadWeight);
    }

    [Fact]
    public void A_head_of_another_size_is_refused()
    {
        using var folder = new EditedModel("qwen2-tied").With((ModelWeights.Head, ones(3, 2)));

        Assert.Contains(
            "lm_head.weight", Assert.Throws<InvalidDataException>(() => CausalLanguageModel.Load(folder.Path, warn: _warnings.Add)).Message, StringComparison.Ordinal);
    }
}
