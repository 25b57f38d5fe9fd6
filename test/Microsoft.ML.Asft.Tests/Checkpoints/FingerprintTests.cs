using Microsoft.ML.Asft.Checkpoints;

namespace Microsoft.ML.Asft.Tests.Checkpoints;

public sealed class FingerprintTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_same_model_elsewhere_has_the_same_fingerprint()
    {
        using var copy = new TemporaryFolder();

        Assert.Equal(Of(_folder, "{}", ("a", [1, 2])), Of(copy, "{}", ("a", [1, 2])));
        Assert.Matches("^[0-9a-f]{64}$", Fingerprint.OfModel(copy.Path));
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
}
