using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Tests.Checkpoints.Configuration;

public sealed class RopeScalingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"rope_type":"default"}""")]
    [InlineData("""{"type":"default"}""")]
    public void No_scaling_can_be_said_in_many_ways(string value) => Assert.Null(Read(("rope_scaling", value)).RopeScaling);

    [Theory]
    [InlineData("""{"type":"linear","factor":2.0}""", "linear")]
    [InlineData("""{"rope_type":"linear","factor":2}""", "linear")]
    [InlineData("""{"rope_type":"dynamic","type":"linear","factor":2.0}""", "dynamic")]
    [InlineData("""{"type":"dynamic","factor":2.0,"original_max_position_embeddings":99}""", "dynamic")]
    public void Linear_and_dynamic_scaling_start_from_the_model_s_own_length(string value, string type) =>
        Assert.Equal(new RopeScaling(type, 2) { OriginalMaxPositionEmbeddings = 4096 }, Read(("rope_scaling", value)).RopeScaling);

    [Fact]
    public void Llama3_scaling_is_read_whole()
    {
        var config = Read(("rope_scaling", """
            {"factor":32.0,"high_freq_factor":4.0,"low_freq_factor":1.0,"original_max_position_embeddings":8192,"rope_type":"llama3"}
            """), ("rope_theta", "500000.0"));

        var expected = new RopeScaling("llama3", 32) { LowFreqFactor = 1, HighFreqFactor = 4, OriginalMaxPositionEmbeddings = 8192 };
        Assert.Equal(expected, config.RopeScaling);
        Assert.Equal(500_000, config.RopeTheta);
    }

    [Fact]
    public void Yarn_scaling_has_the_paper_s_defaults()
    {
        var scaling = Read(("rope_scaling", """{"type":"yarn","factor":4.0,"original_max_position_embeddings":1024}""")).RopeScaling;

        Assert.Equal(new RopeScaling("yarn", 4) { OriginalMaxPositionEmbeddings = 1024, BetaFast = 32, BetaSlow = 1 }, scaling);
        Assert.Null(scaling!.AttentionFactor);
    }

    [Fact]
    public void Yarn_scaling_is_read_whole()
    {
        var scaling = Read(("rope_scaling", """
            {"rope_type":"yarn","factor":4.0,"beta_fast":16,"beta_slow":2,"attention_factor":1.5,"truncate":false}
            """)).RopeScaling;

        var expected = new RopeScaling("yarn", 4) { BetaFast = 16, BetaSlow = 2, AttentionFactor = 1.5, Truncate = false };
        Assert.Equal(expected with { OriginalMaxPositionEmbeddings = 4096 }, scaling);
    }

    [Fact]
    public void Yarn_without_a_factor_takes_the_ratio_of_the_lengths() => Assert.Equal(
        4, Read(("rope_scaling", """{"rope_type":"yarn","factor":null,"original_max_position_embeddings":1024}""")).RopeScaling!.Factor);

    [Fact]
    public void Yarn_with_two_scales_has_the_ratio_of_their_factors()
    {
        var scaling = Read(("rope_scaling", """{"rope_type":"yarn","factor":40,"mscale":1.0,"mscale_all_dim":0.707}""")).RopeScaling;

        // ln 40 = 3.688879...: (0.3688879 + 1) / (0.707 · 0.3688879 + 1)
        Assert.Equal(1.3688879 / 1.2608038, scaling!.AttentionFactor!.Value, 6);
    }

    [Theory]
    [InlineData("longrope")]
    [InlineData("su")]
    [InlineData("yarn")]
    public void Longrope_has_been_called_other_names(string type)
    {
        var scaling = Read(("rope_scaling", $$"""{"type":"{{type}}","short_factor":[1,1,1,2.5],"long_factor":[1,2,3,4]}"""), ("original_max_position_embeddings", "512")).RopeScaling;

        var expected = new RopeScaling("longrope", 8) { OriginalMaxPositionEmbeddings = 512, LongRope = new([1, 1, 1, 2.5], [1, 2, 3, 4]) };
        Assert.Equal(expected, scaling);
        Assert.Equal(expected.GetHashCode(), scaling!.GetHashCode());
        Assert.NotEqual(expected with { LongRope = new([1, 1, 1, 2.5], [1, 2, 3, 5]) }, scaling);
    }

    [Fact]
    public void The_names_of_transformers_5_say_the_same()
    {
        var plain = Read(("rope_parameters", """{"rope_type":"default","rope_theta":1000000.0}"""));
        var scaled = Read(("rope_parameters", """{"rope_type":"linear","factor":3.0,"rope_theta":5000}"""), ("rope_scaling", "null"));

        Assert.Equal((1e6, null), (plain.RopeTheta, plain.RopeScaling));
        Assert.Equal((5000, 3d), (scaled.RopeTheta, scaled.RopeScaling!.Factor));
    }

    [Theory]
    [InlineData("""{"type":"linear"}""", "rope_scaling.factor")]
    [InlineData("""{"type":"linear","factor":0.5}""", "rope_scaling.factor")]
    [InlineData("""{"type":"linear","factor":"2"}""", "rope_scaling.factor")]
    [InlineData("""{"type":"llama3","factor":8,"low_freq_factor":1,"high_freq_factor":4}""",
        "rope_scaling.original_max_position_embeddings")]
    [InlineData("""{"type":"llama3","factor":8,"high_freq_factor":4,"original_max_position_embeddings":64}""",
        "rope_scaling.low_freq_factor")]
    [InlineData("""{"type":"llama3","factor":8,"low_freq_factor":4,"high_freq_factor":4,"original_max_position_embeddings":64}""",
        "rope_scaling.high_freq_factor")]
    [InlineData("""{"type":"yarn","original_max_position_embeddings":0}""", "rope_scaling.original_max_position_embeddings")]
    [InlineData("""{"type":"yarn","factor":2,"beta_fast":1,"beta_slow":2}""", "rope_scaling.beta_fast")]
    [InlineData("""{"type":"yarn","factor":2,"attention_factor":0}""", "rope_scaling.attention_factor")]
    public void Scaling_that_makes_no_sense_is_refused_by_name(string value, string name)
    {
        var error = Assert.Throws<InvalidDataException>(() => Read(("rope_scaling", value)));

        Assert.Contains($"config.json: '{name}'", error.Message);
    }

    private ModelConfig Read(params (string Key, string? Value)[] changes)
    {
        _folder.Write("config.json", ConfigJson.Of("llama", changes));
        return ModelConfig.Load(_folder.Path);
    }
}
