using Microsoft.ML.Asft.Checkpoints.Fingerprints;
using Microsoft.ML.Asft.Tests.Checkpoints.Safetensors;

namespace Microsoft.ML.Asft.Tests.Checkpoints.Fingerprints;

public sealed class FingerprintTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_same_model_elsewhere_has_the_same_fingerprint()
    {
        using var copy = new TemporaryFolder();

        Assert.Equal(Of(_folder, "{}", ("a", [1, 2])), Of(copy, "{}", ("a", [1, 2])));
        Assert.Matches("^v2:[0-9a-f]{64}$", Fingerprint.OfModel(copy.Path));
    }

    [Fact]
    public void Another_configuration_name_shape_or_file_has_another_fingerprint()
    {
        string[] prints =
        [
            Of(_folder, "{}", ("a", [1, 2])),
            Of(_folder, "{ }", ("a", [1, 2])),
            Of(_folder, "{}", ("b", [1, 2])),
            Of(_folder, "{}", ("a", [1])),
            Of(_folder, "{}", ("a", [1, 2]), ("b", [])),
            Sharded("one.safetensors"),
            Sharded("two.safetensors"),
        ];

        Assert.Equal(prints.Length, prints.Distinct().Count());
    }

    [Fact]
    public void A_damaged_model_has_none()
    {
        Of(_folder, "{}", ("a", [1, 2]));
        _folder.Write("model.safetensors", SafetensorsBytes.Floats(("a", [1, 2]))[..^1]);

        Assert.Throws<InvalidDataException>(() => Fingerprint.OfModel(_folder.Path));
    }

    // The older one reads 64 samples, which no byte in their middle is a part of.
    [Fact]
    public void A_change_of_one_bit_anywhere_is_noticed()
    {
        const int length = 3_000_000;
        byte[] file = Large(length);
        string before = Fingerprint.Compute(_folder.Path);
        string sampled = SampledFingerprint.OfModel(_folder.Path);
        int missed = 0;
        foreach (int at in Enumerable.Range(0, 40).Select(i => file.Length - length + (i * (length / 40)) + 17))
        {
            file[at] ^= 4;
            _folder.Write("model.safetensors", file);
            Assert.NotEqual(before, Fingerprint.Compute(_folder.Path));
            missed += SampledFingerprint.OfModel(_folder.Path) == sampled ? 1 : 0;
            file[at] ^= 4;
        }

        _folder.Write("model.safetensors", file);
        Assert.Equal(before, Fingerprint.Compute(_folder.Path));
        Assert.True(missed > 0);
    }

    [Fact]
    public void Files_of_several_parts_are_hashed_whole_and_in_order()
    {
        byte[] file = Large(40_000_000);
        string before = Fingerprint.Compute(_folder.Path);
        (file[^1], file[^30_000_000]) = (9, 9);
        _folder.Write("model.safetensors", file);
        Assert.NotEqual(before, Fingerprint.Compute(_folder.Path));
    }

    [Fact]
    public void A_fingerprint_of_an_earlier_version_is_verified_as_that_version_made_it()
    {
        Of(_folder, "{}", ("a", [1, 2]));
        string older = SampledFingerprint.OfModel(_folder.Path);

        Assert.True(Fingerprint.IsOlder(older));
        Assert.True(Fingerprint.Matches(_folder.Path, older));
        Assert.True(Fingerprint.Matches(_folder.Path, Fingerprint.OfModel(_folder.Path)));
        Of(_folder, "{}", ("a", [1, 3]));
        Assert.False(Fingerprint.Matches(_folder.Path, older));
        Assert.Contains("newer version", Assert.Throws<InvalidDataException>(() => Fingerprint.Matches(_folder.Path, "v9:0")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_is_remembered_while_no_file_has_changed()
    {
        using var cache = new TemporaryFolder();
        Large(100_000);
        var later = new Clock { Now = DateTimeOffset.UtcNow.AddMinutes(1) };
        var remembered = new FingerprintCache(cache.Path, later);
        int computed = 0;
        string Get() => remembered.Get(_folder.Path, () => $"v2:{++computed}");

        Assert.Equal(("v2:1", "v2:1"), (Get(), Get()));

        File.SetLastWriteTimeUtc(_folder["model.safetensors"], DateTime.UtcNow.AddSeconds(-7));
        Assert.Equal(("v2:2", "v2:2"), (Get(), Get()));

        // Of the same length and time, and other at a sampled place.
        var time = File.GetLastWriteTimeUtc(_folder["model.safetensors"]);
        byte[] file = File.ReadAllBytes(_folder["model.safetensors"]);
        file[^100_000] ^= 1;
        _folder.Write("model.safetensors", file);
        File.SetLastWriteTimeUtc(_folder["model.safetensors"], time);
        Assert.Equal(("v2:3", "v2:3"), (Get(), Get()));

        _folder.Write("config.json", "{ }");
        Assert.Equal("v2:4", Get());
    }

    [Fact]
    public void It_is_not_remembered_of_a_file_that_was_changed_a_moment_ago()
    {
        using var cache = new TemporaryFolder();
        Of(_folder, "{}", ("a", [1, 2]));
        var now = new Clock { Now = File.GetLastWriteTimeUtc(_folder["model.safetensors"]) + TimeSpan.FromSeconds(1) };
        int computed = 0;
        string Get() => new FingerprintCache(cache.Path, now).Get(_folder.Path, () => $"v2:{++computed}");

        Assert.Equal(("v2:1", "v2:2"), (Get(), Get()));
        Assert.Empty(cache.Files);
    }

    [Fact]
    public void Without_a_folder_to_remember_it_in_it_is_computed()
    {
        Of(_folder, "{}", ("a", [1, 2]));
        var later = new Clock { Now = DateTimeOffset.UtcNow.AddMinutes(1) };

        Assert.Equal("v2:x", new FingerprintCache(_folder["config.json"], later).Get(_folder.Path, () => "v2:x"));
    }

    private byte[] Large(int length)
    {
        _folder.Write("config.json", "{}");
        byte[] file = SafetensorsBytes.Of($$"""{"a":{"dtype":"U8","shape":[{{length}}],"data_offsets":[0,{{length}}]} }""", new byte[length]);
        _folder.Write("model.safetensors", file);
        return file;
    }

    private string Sharded(string file)
    {
        File.Delete(_folder["model.safetensors"]);
        _folder.Write(file, SafetensorsBytes.Floats(("a", [1, 2])));
        _folder.Write("model.safetensors.index.json", $$"""{"weight_map":{"a":"{{file}}"} }""");
        return Fingerprint.OfModel(_folder.Path);
    }

    private static string Of(TemporaryFolder folder, string config, params (string Name, float[] Values)[] tensors)
    {
        folder.Write("config.json", config);
        folder.Write("model.safetensors", SafetensorsBytes.Floats(tensors));
        return Fingerprint.OfModel(folder.Path);
    }

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; init; }

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
