using Microsoft.ML.Asft.Checkpoints.Safetensors;
using Microsoft.ML.Asft.Export.Gguf;
using Microsoft.ML.Asft.Tests.Support;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Export.Tests;

/// <summary>The file's layout.</summary>
public sealed class GgufFileTests
{
    [Fact]
    public void Tensors_are_read_one_at_a_time_and_begin_at_multiples_of_32()
    {
        List<string> read = [];
        Tensor? last = null;
        GgufTensor Make(string name, int count) => GgufTensor.Of(name, GgufType.Float32, new LazyTensor(name, ScalarType.Float32, sizeof(float), [count], () =>
        {
            Assert.True(last is null || last.IsInvalid, "The tensor before is still there.");
            read.Add(name);
            return last = full(count, count);
        }));
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "model.gguf");
        using (var stream = File.Create(path))
        {
            GgufFile.Write(stream, new GgufMetadata(), [Make("a", 3), Make("b", 9), Make("c", 1)]);
        }

        byte[] file = File.ReadAllBytes(path);

        Assert.Equal(["a", "b", "c"], read);
        Assert.True(last!.IsInvalid);
        var data = file.AsSpan(^(32 + 64 + 32)..);
        Assert.Equal(0, (file.Length - data.Length) % 32);
        Assert.Equal(3f, BitConverter.ToSingle(data));
        Assert.Equal(9f, BitConverter.ToSingle(data[32..]));
        Assert.Equal(1f, BitConverter.ToSingle(data[96..]));
    }

    [Fact]
    public void A_key_is_there_once() =>
        Assert.Throws<ArgumentException>(() =>
        {
            var metadata = new GgufMetadata();
            metadata.Add("general.name", "a");
            metadata.Add("general.name", "b");
        });
}
