using System.IO.Compression;
using System.Text;
using Microsoft.ML.Asft.Checkpoints.Fingerprints;
using Microsoft.ML.Asft.Tests.Support;
using Microsoft.ML.Data;

namespace Microsoft.ML.Asft.Tests;

/// <summary>A transformer in ML.NET's model file.</summary>
public sealed class SavedTransformerTests : TransformerFixture
{
    [Fact]
    public void A_saved_transformer_comes_back_as_itself_and_completes_alike()
    {
        string path = Path.Combine(Folder.Folder, "pipeline.zip");
        MLContext.Model.Save(Model, Data().Schema, path);
        using var again = Assert.IsType<AsftTransformer>(new MLContext().Model.Load(path, out var schema));
        Assert.NotNull(schema.GetColumnOrNull("instruction"));
        Assert.Equal(Completions(Model), Completions(again));
        Same(Model.Evaluate(Data()), again.Evaluate(Data()));
    }

    [Fact]
    public void A_saved_transformer_keeps_what_its_labels_and_weights_are()
    {
        var options = Options();
        options.Data.TrainOnPrompt = true;
        options.Data.WeightColumnName = "w";
        var data = MLContext.Data.LoadFromEnumerable(
            [new { instruction = "1+1", response = "2", w = 1f }, new { instruction = "the sea", response = "blue", w = 3f }]);
        using var model = MLContext.Transforms.AsftFineTune(options).Fit(data);
        string path = Path.Combine(Folder.Folder, "weights.zip");
        MLContext.Model.Save(model, data.Schema, path);
        using var again = (AsftTransformer)MLContext.Model.Load(path, out _);
        Same(model.Evaluate(data), again.Evaluate(data));
        Assert.Contains("'w'", Assert.ThrowsAny<ArgumentException>(() => again.Evaluate(Data())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fully_trained_transformer_comes_back_too()
    {
        var options = Options();
        options.Lora = null;
        using var trained = MLContext.Transforms.AsftFineTune(options).Fit(Data());
        string path = Path.Combine(Folder.Folder, "full.zip");
        MLContext.Model.Save(trained, Data().Schema, path);
        using var again = (AsftTransformer)MLContext.Model.Load(path, out _);
        Assert.Equal(Completions(trained), Completions(again));
        Assert.True(again.Evaluate(Data()).Kl > 0);
    }

    [Fact]
    public void It_works_within_a_chain_that_is_saved_and_loaded()
    {
        var options = Options();
        options.Data.PromptColumnName = "question";
        var pipeline = MLContext.Transforms.CopyColumns("question", "instruction")
            .Append(MLContext.Transforms.AsftFineTune(options))
            .Append(MLContext.Transforms.CopyColumns("answer", "completion"));
        var chain = pipeline.Fit(Data());
        string path = Path.Combine(Folder.Folder, "chain.zip");
        MLContext.Model.Save(chain, Data().Schema, path);
        var again = MLContext.Model.Load(path, out _);
        string[] answers = [.. again.Transform(Data()).GetColumn<string>("answer")];
        Assert.Equal([.. chain.Transform(Data()).GetColumn<string>("answer")], answers);
        Assert.Equal(5, answers.Length);
        (again as IDisposable)?.Dispose();
        (chain as IDisposable).Dispose();
    }

    [Fact]
    public void AModel_file_of_an_earlier_version_is_verified_by_the_fingerprint_that_it_has()
    {
        string path = Path.Combine(Folder.Folder, "older.zip");
        MLContext.Model.Save(Model, Data().Schema, path);
        Rewrite(path, text => text.Replace(Fingerprint.OfModel(Folder.Path), SampledFingerprint.OfModel(Folder.Path), StringComparison.Ordinal));
        using (var again = (AsftTransformer)MLContext.Model.Load(path, out _))
        {
            Assert.Equal(Completions(Model), Completions(again));
        }

        Rewrite(path, text => text.Replace(SampledFingerprint.OfModel(Folder.Path), new string('0', 64), StringComparison.Ordinal));
        string wrong = LoadError(path);
        Assert.Contains("(fingerprint 000000000000)", wrong, StringComparison.Ordinal);
        Assert.Contains($"(fingerprint {SampledFingerprint.OfModel(Folder.Path)[..12]})", wrong, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"ModelPath\"", "\"Model_Path\"", "damaged")]
    [InlineData("{", "[", "damaged")]
    [InlineData("\"v2:", "\"v3:", "newer version")]
    public void A_damagedModel_file_says_what_is_wrong_with_it(string was, string becomes, string expected)
    {
        string path = Path.Combine(Folder.Folder, "damaged.zip");
        MLContext.Model.Save(Model, Data().Schema, path);
        Rewrite(path, text => text.Replace(was, becomes, StringComparison.Ordinal));
        Assert.Contains(expected, LoadError(path), StringComparison.Ordinal);
    }

    [Fact]
    public void A_baseModel_that_is_gone_or_changed_is_an_error_that_names_both()
    {
        string path = Path.Combine(Folder.Folder, "pipeline.zip");
        MLContext.Model.Save(Model, Data().Schema, path);
        string moved = Path.Combine(Folder.Folder, "home", "model");
        Directory.CreateDirectory(Path.GetDirectoryName(moved)!);
        Directory.Move(Folder.Path, moved);
        var gone = LoadError(path);
        Assert.Contains(Folder.Path, gone, StringComparison.Ordinal);
        Assert.Contains("ASFT_MODEL_HOME", gone, StringComparison.Ordinal);

        using (var other = new TinyModel(seed: 4))
        {
            Directory.Move(other.Path, Folder.Path);
            Assert.Contains("is not the base model", LoadError(path), StringComparison.Ordinal);
        }

        Directory.Delete(Folder.Path, recursive: true);
        Directory.Move(moved, Folder.Path);
        using var again = (AsftTransformer)MLContext.Model.Load(path, out _);
        Assert.Equal(Completions(Model), Completions(again));
    }

    private static void Rewrite(string path, Func<string, string> change)
    {
        using var archive = ZipFile.Open(path, ZipArchiveMode.Update);
        var entry = archive.Entries.Single(e => e.Name == "settings.json");
        string text;
        using (var reader = new StreamReader(entry.Open()))
        {
            text = reader.ReadToEnd();
        }

        using var stream = entry.Open();
        stream.SetLength(0);
        stream.Write(Encoding.UTF8.GetBytes(change(text)));
    }

    private string LoadError(string path)
    {
        var logged = new List<string>();
        var mlContext = new MLContext();
        mlContext.Log += (_, e) =>
        {
            if (e.Kind == Runtime.ChannelMessageKind.Error)
            {
                logged.Add(e.RawMessage);
            }
        };
        using var model = (AsftTransformer)mlContext.Model.Load(path, out _);
        string message = Assert.Throws<InvalidDataException>(() => model.Complete("x")).Message;
        Assert.Equal(message, Assert.Throws<InvalidDataException>(() => model.Transform(Data())).Message);
        Assert.Equal(message, Assert.Throws<InvalidDataException>(() => model.Model).Message);
        Assert.Equal(message, Assert.Throws<InvalidDataException>(() => mlContext.Model.Save(model, null, path + ".again")).Message);
        Assert.Equal(message, Assert.Single(logged));
        return message;
    }
}
