using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Modeling.Operators.Rotary;

namespace Microsoft.ML.Asft.Tests.Modeling.Operators.Rotary;

/// <summary>
/// The expected numbers were computed by a few lines of Python that restate transformers' rope initialisers, in double
/// precision, for heads of 16, θ = 10,000 and 128 positions.
/// </summary>
public class RotaryFrequenciesTests
{
    [Fact]
    public void Linear_divides_every_frequency() => Close(
        [0.25, 0.07905694150420949, 0.025, 0.007905694150420948, 0.0025, 0.0007905694150420947, 0.00025, 7.905694150420948e-05],
        Of(new RopeScaling("linear", 4)).Inverse(50));

    [Fact]
    public void Dynamic_stretches_theta_once_the_text_is_longer_than_the_model_was_trained_for()
    {
        var frequencies = Of(new RopeScaling("dynamic", 2));
        Close([1, 0.31622776601683794, 0.1, 0.03162277660168379, 0.01, 0.003162277660168379, 0.001, 0.00031622776601683794], frequencies.Inverse(100));
        Close(
            [1, 0.26244498694699975, 0.06887737117361087, 0.018076520778601963, 0.004744092259787362, 0.0012450632311952565, 0.00032676060345922844, 8.575668230965097e-05],
            frequencies.Inverse(300));
        Assert.Equal(128, frequencies.TableLength(5));
        Assert.Equal(300, frequencies.TableLength(300));
    }

    [Fact]
    public void Yarn_blends_by_how_often_a_wave_turns()
    {
        var frequencies = Of(new RopeScaling("yarn", 4) { OriginalMaxPositionEmbeddings = 64 });
        Close([1, 0.23717082451262847, 0.05, 0.007905694150420948, 0.0025, 0.0007905694150420947, 0.00025, 7.905694150420948e-05], frequencies.Inverse(100));
        Assert.Equal(1.138629436111989, frequencies.AttentionFactor, 12);
        Assert.Equal(0.5, Of(new RopeScaling("yarn", 4) { OriginalMaxPositionEmbeddings = 64, AttentionFactor = 0.5 }).AttentionFactor);
    }

    [Fact]
    public void Llama3_stretches_long_waves_alone() => Close(
        [1, 0.24438459943539834, 0.013042256043820465, 0.003952847075210474, 0.00125, 0.00039528470752104737, 0.000125, 3.952847075210474e-05],
        Of(new RopeScaling("llama3", 8) { OriginalMaxPositionEmbeddings = 64, LowFreqFactor = 1, HighFreqFactor = 4 }).Inverse(100));

    private static RotaryFrequencies Of(RopeScaling scaling) => new(
        ModelConfig.Create("llama", 100, 64, 64, 1, 4, 2) with { MaxPositionEmbeddings = 128, RopeTheta = 10_000, RopeScaling = scaling });

    private static void Close(double[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-6 * pair.First));
    }
}
