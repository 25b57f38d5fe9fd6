using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Modeling.Storage;
using Microsoft.ML.Asft.Tests.Support;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Modeling.Storage;

/// <summary>nf4 and double quantization against test/reference/nf4.py, which computes the levels from the paper's quantiles.</summary>
public class Nf4BlocksTests
{
    private static readonly JsonNode Golden = JsonNode.Parse(File.ReadAllText(Path.Combine(Support.Golden.Folder, "nf4.json")))!;

    private static float[] Numbers => Floats("numbers");

    private static int[] Codes => [.. Golden["codes"]!.GetValue<string>().Select(digit => int.Parse($"{digit}", NumberStyles.HexNumber, CultureInfo.InvariantCulture))];

    [Fact]
    public void The_levels_are_quantiles_of_the_normal_distribution() =>
        Assert.All(Golden["levels"]!.AsArray().Zip(Nf4Blocks.Levels.ToArray()), pair => Assert.Equal(pair.First!.GetValue<double>(), pair.Second, 1e-6));

    [Fact]
    public void The_levels_of_scales_are_those_of_the_dynamic_format() =>
        Assert.Equal(Golden["dynamic_levels"]!.AsArray().Select(level => (float)level!.GetValue<double>()), DynamicScales.Levels.ToArray());

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Each_number_gets_the_code_of_an_independent_implementation(bool doubleQuantization)
    {
        using var scope = NewDisposeScope();
        using var weight = new Nf4Weight(tensor(Numbers).view(16, -1), doubleQuantization, "w");
        byte[] bytes = weight.Codes.ToArray();
        Assert.Equal(Codes, Enumerable.Range(0, Numbers.Length).Select(i => i % 2 == 0 ? bytes[i / 2] >> 4 : bytes[i / 2] & 15));
    }

    [Fact]
    public void Scales_are_the_largest_magnitudes_of_blocks()
    {
        using var scope = NewDisposeScope();
        using var weight = new Nf4Weight(tensor(Numbers).view(16, -1), doubleQuantization: false, "w");
        Assert.Equal(Floats("scales"), Enumerable.Range(0, Floats("scales").Length).Select(i => weight.ScaleOf(i)));
    }

    [Fact]
    public void Quantized_scales_are_those_of_an_independent_implementation()
    {
        float[] scales = Floats("scales");
        byte[] codes = new byte[scales.Length];
        DynamicScales.Quantize(scales, codes, new float[(scales.Length + 255) / 256]);
        Assert.Equal(Golden["scale_codes"]!.GetValue<string>(), Convert.ToHexStringLower(codes));

        using var scope = NewDisposeScope();
        using var weight = new Nf4Weight(tensor(Numbers).view(16, -1), doubleQuantization: true, "w");
        Assert.All(Floats("restored_scales").Index(), scale => Assert.Equal(scale.Item, weight.ScaleOf(scale.Index), 1e-7f));
    }

    private static float[] Floats(string name) => MemoryMarshal.Cast<byte, float>(Convert.FromBase64String(Golden[name]!.GetValue<string>())).ToArray();
}
