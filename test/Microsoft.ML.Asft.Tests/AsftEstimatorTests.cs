using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Tests.Support;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests;

public sealed class AsftEstimatorTests : IDisposable
{
    private readonly MLContext _mlContext = new(seed: 1);
    private readonly TinyModel _model = new();

    public void Dispose() => _model.Dispose();

    [Fact]
    public void Fitting_twice_with_one_seed_gives_the_same_adapter_to_the_bit()
    {
        byte[] first = AdapterOf(Options());
        Assert.Equal(first, AdapterOf(Options()));
        var other = Options();
        other.Seed = 99;
        Assert.NotEqual(first, AdapterOf(other));
    }

    [Fact]
    public void Accumulating_gradients_changes_nothing_but_rounding()
    {
        double[] Norms(int batchSize)
        {
            var options = Options();
            options.BatchSize = batchSize;
            options.Batches.GlobalBatchSize = 4;
            options.Lora!.Dropout = 0;
            options.MaxSteps = 1;
            using var model = _mlContext.Transforms.AsftFineTune(options).Fit(Data());
            return [model.History[0].GradientNorm, model.History[0].Loss];
        }

        double[] whole = Norms(4);
        foreach (int batchSize in new[] { 1, 2 })
        {
            double[] parts = Norms(batchSize);
            Assert.Equal(whole[0], parts[0], 1e-5 * whole[0]);
            Assert.Equal(whole[1], parts[1], 1e-5 * whole[1]);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Running_layers_again_changes_nothing(bool lora)
    {
        AsftProgress[] Steps(bool checkpointing)
        {
            var options = Options();
            options.Runtime.GradientCheckpointing = checkpointing;
            options.Lora = lora ? new LoraOptions { Rank = 4, Alpha = 8, Dropout = 0.3 } : null;
            using var model = _mlContext.Transforms.AsftFineTune(options).Fit(Data());
            return [.. model.History];
        }

        Assert.All(Steps(false).Zip(Steps(true)), pair =>
        {
            Assert.Equal(pair.First.Loss, pair.Second.Loss, 1e-6);
            Assert.Equal(pair.First.GradientNorm, pair.Second.GradientNorm, 1e-5 * pair.First.GradientNorm);
        });
    }

    [Theory]
    [InlineData(AsftObjective.Asft)]
    [InlineData(AsftObjective.Sft)]
    public void Every_parameter_can_be_trained(AsftObjective objective)
    {
        var options = Options();
        options.Lora = null;
        options.Objective = objective;
        options.LearningRate = 1e-2;
        options.MaxSteps = 20;
        using var model = _mlContext.Transforms.AsftFineTune(options).Fit(Data());
        Assert.True(model.History[^1].CrossEntropy < 0.8 * model.History[0].CrossEntropy);
        string folder = Path.Combine(_model.Folder, "trained");
        model.SaveModel(folder);
        var reloaded = Options();
        reloaded.ModelPath = folder;
        using var again = _mlContext.Model.LoadAsft(reloaded);
        Assert.Equal(model.Evaluate(Data()).Sft, again.Evaluate(Data()).Sft, 1e-6);
    }

    [Fact]
    public void A_missing_column_is_named()
    {
        var options = Options();
        options.Data.ResponseColumnName = "answer";
        var error = Assert.ThrowsAny<ArgumentException>(() => _mlContext.Transforms.AsftFineTune(options).Fit(Data()));
        Assert.Contains("answer", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_data_set_is_refused()
    {
        var error = Assert.Throws<InvalidDataException>(() => _mlContext.Transforms.AsftFineTune(Options()).Fit(
            _mlContext.Data.LoadFromEnumerable(Array.Empty<Demonstration>())));
        Assert.Contains("no rows", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_without_response_is_named_or_skipped_as_asked()
    {
        var data = _mlContext.Data.LoadFromEnumerable([.. Demonstration.Some, new Demonstration { Instruction = "6+1", Response = "" }]);
        var options = Options();
        var error = Assert.Throws<InvalidDataException>(() => _mlContext.Transforms.AsftFineTune(options).Fit(data));
        Assert.Contains("Row 6, column 'response'", error.Message, StringComparison.Ordinal);

        options.Data.InvalidRows = RowPolicy.Skip;
        var messages = new List<string>();
        _mlContext.Log += (_, e) => messages.Add(e.Message);
        using var model = _mlContext.Transforms.AsftFineTune(options).Fit(data);
        Assert.Contains(messages, m => m.Contains("1 of 6 rows", StringComparison.Ordinal));
    }

    [Fact]
    public void A_tokenizer_larger_than_the_embedding_is_refused_unless_it_may_grow()
    {
        using var small = new TinyModel(vocabulary: 200);
        var options = Options();
        options.ModelPath = small.Path;
        var error = Assert.Throws<InvalidDataException>(() => _mlContext.Transforms.AsftFineTune(options).Fit(Data()));
        Assert.Contains("ids up to 256", error.Message, StringComparison.Ordinal);
        Assert.Contains("200 rows", error.Message, StringComparison.Ordinal);

        options.ResizeEmbedding = true;
        options.MaxSteps = 1;
        using var grown = _mlContext.Transforms.AsftFineTune(options).Fit(Data());
        using var scope = NewDisposeScope();
        Assert.Equal(257, grown.Model.HeadWeight.shape[0]);
        Assert.True(grown.Model.HeadWeight.narrow(0, 0, 200).mean([0]).allclose(grown.Model.HeadWeight[256], 1e-5, 1e-6));
    }

    [Fact]
    public void A_folder_that_is_not_there_is_named()
    {
        var options = Options();
        options.ModelPath = "no/such/model";
        var error = Assert.Throws<DirectoryNotFoundException>(() => _mlContext.Transforms.AsftFineTune(options).Fit(Data()));
        Assert.Contains("no/such/model", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_out_of_range_are_named()
    {
        var options = Options();
        options.LearningRate = -1;
        Assert.Contains("LearningRate", Assert.Throws<ArgumentException>(() => _mlContext.Transforms.AsftFineTune(options)).Message, StringComparison.Ordinal);
        options = Options();
        options.Lora!.Rank = 0;
        Assert.Contains("Lora.Rank", Assert.Throws<ArgumentException>(() => _mlContext.Transforms.AsftFineTune(options)).Message, StringComparison.Ordinal);
    }

    private byte[] AdapterOf(AsftOptions options)
    {
        using var model = _mlContext.Transforms.AsftFineTune(options).Fit(Data());
        string folder = Directory.CreateTempSubdirectory("asft-adapter-").FullName;
        model.SaveAdapter(folder);
        byte[] bytes = File.ReadAllBytes(Path.Combine(folder, "adapter_model.safetensors"));
        Directory.Delete(folder, recursive: true);
        return bytes;
    }

    private IDataView Data() => _mlContext.Data.LoadFromEnumerable(Demonstration.Some);

    private AsftOptions Options() => new()
    {
        ModelPath = _model.Path,
        Template = "plain",
        LearningRate = 5e-3,
        MaxSteps = 5,
        BatchSize = 2,
        Lora = new LoraOptions { Rank = 4, Alpha = 8, Dropout = 0.1 },
        Generation = { MaxNewTokens = 6 },
    };
}
