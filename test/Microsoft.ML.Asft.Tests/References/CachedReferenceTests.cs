using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Tests.Training;

namespace Microsoft.ML.Asft.Tests.References;

public class CachedReferenceTests : FitFixture
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Training_is_the_same_with_a_cached_reference_as_with_one_computed_anew(bool lora)
    {
        double[] anew = Losses(Options(lora: lora), lora ? ReferenceStrategy.AdapterOff : ReferenceStrategy.Frozen);
        double[] cached = Losses(Options(lora: lora), ReferenceStrategy.Cached);
        Assert.All(anew.Zip(cached), loss => Assert.Equal(loss.First, loss.Second, 1e-5 * loss.First));
    }

    [Fact]
    public void A_file_is_taken_over_by_a_run_of_the_same_data()
    {
        var options = Options();
        options.Reference.CachePath = At("reference.cache");
        double[] first = Losses(options, ReferenceStrategy.Cached);
        byte[] file = File.ReadAllBytes(options.Reference.CachePath);
        var written = File.GetLastWriteTimeUtc(options.Reference.CachePath);
        Assert.Equal(first, Losses(options, ReferenceStrategy.Cached));
        Assert.Equal(written, File.GetLastWriteTimeUtc(options.Reference.CachePath));

        // What the file says is what is used, or another number would show.
        file.AsSpan(4096).Fill(0x3E);
        File.WriteAllBytes(options.Reference.CachePath, file);
        Assert.NotEqual(first, Losses(options, ReferenceStrategy.Cached));
    }

    [Fact]
    public void A_file_of_another_encoding_or_cut_short_is_made_anew()
    {
        var options = Options();
        options.Reference.CachePath = At("reference.cache");
        Losses(options, ReferenceStrategy.Cached);
        var other = Options();
        other.Template = "alpaca";
        double[] expected = Losses(other, ReferenceStrategy.Cached);
        other.Reference.CachePath = options.Reference.CachePath;
        Assert.Equal(expected, Losses(other, ReferenceStrategy.Cached));

        using (var file = File.OpenWrite(other.Reference.CachePath))
        {
            file.SetLength(file.Length - 1);
        }

        Assert.Equal(expected, Losses(other, ReferenceStrategy.Cached));
        Assert.Empty(Directory.GetFiles(At(), "*.tmp"));
    }

    [Fact]
    public void A_cache_beyond_its_budget_is_refused_with_both_numbers()
    {
        var options = Options();
        options.Reference.CacheBytes = 1000;
        options.Reference.Strategy = ReferenceStrategy.Cached;
        var error = Assert.Throws<InvalidOperationException>(() => Fit(options));
        Assert.Contains("Reference.CacheBytes allows 1,000", error.Message, StringComparison.Ordinal);
    }

    private double[] Losses(AsftOptions options, ReferenceStrategy reference)
    {
        options.Reference.Strategy = reference;
        using var model = Fit(options);
        return [.. model.History.Select(step => step.Loss)];
    }
}
