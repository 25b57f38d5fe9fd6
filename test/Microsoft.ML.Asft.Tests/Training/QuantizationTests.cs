using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Modeling.Storage;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Tests.Support;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Training;

/// <summary>Training adapters over weights that are stored small.</summary>
public sealed class QuantizationTests : FitFixture
{
    protected override int Steps => 6;

    public static TheoryData<WeightQuantization, bool> Formats =>
        new() { { WeightQuantization.Int8, false }, { WeightQuantization.Nf4, false }, { WeightQuantization.Nf4, true } };

    [Theory]
    [MemberData(nameof(Formats))]
    public void Training_over_quantized_weights_is_training_over_the_weights_that_they_are_expanded_to(WeightQuantization quantization, bool doubleQuantization)
    {
        foreach (var precision in new[] { ModelPrecision.Float32, ModelPrecision.BFloat16 })
        {
            using var quantized = Fit(Quantized("quantized", quantization, doubleQuantization, precision));
            using var folder = new TemporaryFolder();
            WriteExpanded(quantized, folder.Path);
            var options = Quantized("plain", WeightQuantization.None, false, precision);
            options.ModelPath = folder.Path;
            using var plain = Fit(options);
            Assert.Equal(plain.History.Select(step => step.Loss), quantized.History.Select(step => step.Loss));
            Assert.All(quantized.Model.AdaptableLayers(), layer => Assert.NotNull(layer.Layer.Stored));
            Assert.Equal(WeightsOf(plain), WeightsOf(quantized));
        }
    }

    [Theory]
    [InlineData(ReferenceStrategy.AdapterOff)]
    [InlineData(ReferenceStrategy.Cached)]
    [InlineData(ReferenceStrategy.Frozen)]
    public void The_reference_is_the_quantized_model(ReferenceStrategy strategy)
    {
        var options = Quantized("run", WeightQuantization.Nf4, false, ModelPrecision.Float32);
        options.Reference.Strategy = strategy;
        options.Lora!.Dropout = 0;
        using var model = Fit(options);
        Assert.Equal(0, model.History[0].Kl, 1e-6);      // new adapters change nothing, so nothing may be left between the two
        Assert.True(model.History[^1].Kl > 1e-5);
    }

    [Fact]
    public void A_resumed_run_ends_as_one_that_was_not_stopped_to_the_bit()
    {
        byte[] expected = WeightsOf(Fit(Quantized("whole", WeightQuantization.Nf4, true)));
        Stop(Quantized("stopped", WeightQuantization.Nf4, true), 3);
        var options = Quantized("stopped", WeightQuantization.Nf4, true);
        options.Checkpoints.Resume = true;
        Assert.Equal(expected, WeightsOf(Fit(options)));
    }

    [Fact]
    public void A_run_is_not_resumed_with_another_storage()
    {
        Stop(Quantized("stopped", WeightQuantization.Nf4, true), 3);
        var options = Quantized("stopped", WeightQuantization.Int8, false);
        options.Checkpoints.Resume = true;
        Assert.Contains("Runtime.Quantization", Assert.Throws<InvalidOperationException>(() => Fit(options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Checkpointing_of_gradients_changes_nothing()
    {
        var options = Quantized("recomputed", WeightQuantization.Int8, false);
        options.Runtime.GradientCheckpointing = true;
        Assert.Equal(WeightsOf(Fit(Quantized("kept", WeightQuantization.Int8, false))), WeightsOf(Fit(options)));
    }

    [Fact]
    public void A_saved_pipeline_quantizes_again_and_completes_alike()
    {
        using var model = Fit(Quantized("run", WeightQuantization.Nf4, true));
        string path = At("pipeline.zip");
        MLContext.Model.Save(model, Data().Schema, path);
        using var again = (AsftTransformer)MLContext.Model.Load(path, out _);
        Assert.Equal((WeightQuantization.Nf4, true), (again.Options.Runtime.Quantization, again.Options.Runtime.DoubleQuantization));
        Assert.All(again.Model.AdaptableLayers(), layer => Assert.IsType<Nf4Weight>(layer.Layer.Stored));
        Assert.Equal(model.Complete("1+1").Text, again.Complete("1+1").Text);
        Assert.Equal(model.Evaluate(Data()).Loss, again.Evaluate(Data()).Loss);
    }

    [Fact]
    public void Merging_DoRA_now_is_merging_its_saved_adapter_later()
    {
        using var scope = NewDisposeScope();
        var options = Quantized("run", WeightQuantization.Nf4, false, ModelPrecision.Float32);
        options.Lora!.UseDora = true;
        using var model = Fit(options);
        model.SaveModel(At("now"));
        model.SaveAdapter(At("adapter"));
        var later = Quantized("later", WeightQuantization.None, false, ModelPrecision.Float32);
        later.AdapterPath = At("adapter");
        using (var unquantized = MLContext.Model.LoadAsft(later))
        {
            unquantized.SaveModel(At("later"));
        }

        using CausalLanguageModel now = CausalLanguageModel.Load(At("now")), expected = CausalLanguageModel.Load(At("later"));
        Assert.All(now.AdaptableLayers().Zip(expected.AdaptableLayers()), pair => Assert.True(
            pair.First.Layer.Weight.allclose(pair.Second.Layer.Weight, 1e-5, 1e-6), pair.First.Name));
    }

    [Fact]
    public void Adapters_are_merged_into_the_weights_of_the_files()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = Fit(Quantized("run", WeightQuantization.Nf4, false, ModelPrecision.Float32));
        model.SaveModel(At("merged"));
        using var merged = CausalLanguageModel.Load(At("merged"));
        using var original = CausalLanguageModel.Load(model.ModelFolder!);
        var (layers, before) = (model.Model.AdaptableLayers().ToDictionary(l => l.Name, l => l.Layer), original.AdaptableLayers().ToDictionary(l => l.Name, l => l.Layer));
        Assert.All(merged.AdaptableLayers(), pair =>
        {
            var expected = before[pair.Name].Weight.detach();
            if (layers[pair.Name] is { LoraA: { } a, LoraB: { } b })
            {
                expected = expected + (b.mm(a) * 2);          // α / r
            }

            Assert.True(pair.Layer.Weight.allclose(expected, 1e-5, 1e-6), pair.Name);
        });
        Assert.Equal(original.ParameterCount(), merged.ParameterCount());
    }

    [Fact]
    public void Merging_into_a_model_that_has_changed_is_refused()
    {
        using var model = Fit(Quantized("run", WeightQuantization.Int8, false));
        string file = Path.Combine(model.ModelFolder!, "model.safetensors");
        byte[] bytes = File.ReadAllBytes(file);
        bytes[^1] ^= 1;
        File.WriteAllBytes(file, bytes);
        Assert.Contains(model.ModelFolder!, Assert.Throws<InvalidDataException>(() => model.SaveModel(At("merged"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bfloat16_model_is_trained_alike_with_float32_products_of_expanded_weights()
    {
        // Its weights are bfloat16 numbers, so storing them as bfloat16 loses nothing.
        using var folder = new TemporaryFolder();
        var source = Options();
        source.Runtime.Precision = ModelPrecision.BFloat16;
        using (var model = MLContext.Model.LoadAsft(source))
        {
            model.SaveModel(folder.Path);
        }

        using var expanded = DecoderLoader.Load(folder.Path, new ModelFormat(ScalarType.Float32, StorageFormat.AsInFile), CPU);
        using var plain = DecoderLoader.Load(folder.Path, ScalarType.Float32, CPU);
        Assert.All(expanded.AdaptableLayers(), layer => Assert.IsType<BFloat16Weight>(layer.Layer.Stored));
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var ids = tensor(new long[] { 1, 5, 9, 200, 31, 7 }).unsqueeze(0);
        Assert.True(expanded.Forward(ids).allclose(plain.Forward(ids), 0, 0));
    }

    [Fact]
    public void Full_training_of_quantized_weights_is_refused_by_name()
    {
        var options = Options(lora: false);
        options.Runtime.Quantization = WeightQuantization.Int8;
        string message = Assert.Throws<ArgumentException>(() => Fit(options)).Message;
        Assert.Contains("Runtime.Quantization", message, StringComparison.Ordinal);
        Assert.Contains("Lora", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Double_quantization_without_nf4_is_refused_by_name()
    {
        var options = Options();
        options.Runtime.DoubleQuantization = true;
        Assert.Contains("Runtime.DoubleQuantization", Assert.Throws<ArgumentException>(() => Fit(options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DoRA_and_noise_train_under_autograd_over_expanded_weights()
    {
        var options = Quantized("autograd", WeightQuantization.Int8, false, ModelPrecision.Float32);
        options.Lora!.UseDora = true;
        options.NeftuneAlpha = 5;
        using var model = Fit(options);
        Assert.True(model.History[^1].Loss < model.History[0].Loss);
    }

    private AsftOptions Quantized(
        string output, WeightQuantization quantization, bool doubleQuantization, ModelPrecision precision = ModelPrecision.BFloat16)
    {
        var options = Options(output);
        options.Runtime.Precision = precision;
        options.Runtime.Quantization = quantization;
        options.Runtime.DoubleQuantization = doubleQuantization;
        options.Lora!.TargetPattern = "all-linear";
        return options;
    }

    // The folder of a model whose weights are the numbers that the stored ones are expanded to.
    private static void WriteExpanded(AsftTransformer quantized, string folder)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var original = (Decoder)CausalLanguageModel.Load(quantized.ModelFolder!);
        foreach (var (layer, stored) in original.AdaptableLayers().Zip(quantized.Model.AdaptableLayers(), (a, b) => (a.Layer, b.Layer.Stored!)))
        {
            stored.Expand(layer.Weight);
        }

        ModelTensors.Save(original, original.Config, folder, copyFrom: quantized.ModelFolder);
    }
}
