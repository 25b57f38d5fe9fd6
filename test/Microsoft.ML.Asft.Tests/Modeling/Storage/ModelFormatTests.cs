using Microsoft.ML.Asft.Modeling.Storage;
using Microsoft.ML.Asft.Options;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Modeling.Storage;

/// <summary>Which formats the options mean on which processor.</summary>
public class ModelFormatTests
{
    [Theory]
    [InlineData(ModelPrecision.Auto, true, false, ScalarType.BFloat16, null)]
    [InlineData(ModelPrecision.Auto, true, true, ScalarType.BFloat16, null)]
    [InlineData(ModelPrecision.Auto, false, false, ScalarType.Float32, "AsInFile")]
    [InlineData(ModelPrecision.Auto, false, true, ScalarType.Float32, null)]
    [InlineData(ModelPrecision.BFloat16, true, false, ScalarType.BFloat16, null)]
    [InlineData(ModelPrecision.BFloat16, false, false, ScalarType.Float32, "BFloat16")]
    [InlineData(ModelPrecision.BFloat16, false, true, ScalarType.BFloat16, null)]
    [InlineData(ModelPrecision.Float32, true, false, ScalarType.Float32, null)]
    public void Products_are_bfloat16_only_if_the_processor_multiplies_it(
        ModelPrecision precision, bool multiplies, bool full, ScalarType products, string? storage)
    {
        var format = ModelFormat.Of(new RuntimeOptions { Precision = precision }, DeviceType.CPU, full, multiplies);
        Assert.Equal((products, storage), (format.Products, format.Storage?.ToString()));
    }

    [Theory]
    [InlineData(WeightQuantization.Int8, false, "Int8")]
    [InlineData(WeightQuantization.Nf4, false, "Nf4")]
    [InlineData(WeightQuantization.Nf4, true, "Nf4Double")]
    public void Quantized_weights_are_multiplied_in_either_format(WeightQuantization quantization, bool doubleQuantization, string storage)
    {
        foreach (bool multiplies in new[] { true, false })
        {
            var format = ModelFormat.Of(
                new RuntimeOptions { Quantization = quantization, DoubleQuantization = doubleQuantization }, DeviceType.CPU, multipliesBFloat16: multiplies);
            Assert.Equal((multiplies ? ScalarType.BFloat16 : ScalarType.Float32, storage), (format.Products, format.Storage?.ToString()));
        }
    }

    [Theory]
    [InlineData(WeightQuantization.Int8, false, "Int8")]
    [InlineData(WeightQuantization.Nf4, true, "Nf4Double")]
    public void On_a_gpu_products_of_quantized_weights_are_bfloat16_unless_float32_is_asked_for(
        WeightQuantization quantization, bool doubleQuantization, string storage)
    {
        foreach (var (precision, products) in new[] { (ModelPrecision.Auto, ScalarType.BFloat16), (ModelPrecision.Float32, ScalarType.Float32) })
        {
            var options = new RuntimeOptions { Precision = precision, Quantization = quantization, DoubleQuantization = doubleQuantization };
            var format = ModelFormat.Of(options, DeviceType.CUDA, multipliesBFloat16: false);
            Assert.Equal((products, storage), (format.Products, format.Storage?.ToString()));
        }
    }
}
