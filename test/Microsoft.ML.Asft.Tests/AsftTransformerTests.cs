using System.IO.Compression;
using System.Text;
using Microsoft.ML.Asft.Checkpoints.Fingerprints;
using Microsoft.ML.Asft.Generation;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Tests.Support;
using Microsoft.ML.Data;

namespace Microsoft.ML.Asft.Tests;

public sealed class AsftTransformerTests : IDisposable
{
    private readonly MLContext _mlContext = new(seed: 1);
    private readonly TinyModel _folder = new();
    private readonly AsftTransformer _model;

    public AsftTransformerTests() => _model = _mlContext.Transforms.AsftFineTune(Options()).Fit(Data());

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_saved_transformer_comes_back_as_itself_and_completes_alike()
    {
        string path = Path.Combine(_folder.Folder, "pipeline.zip");
        _mlContext.Model.Save(_model, Data().Schema, path);
        using var again = Assert.IsType<AsftTransformer>(new MLContext().Model.Load(path, out var schema));
        Assert.NotNull(schema.GetColumnOrNull("instruction"));
        Assert.Equal(Completions(_model), Completions(again));
        Same(_model.Evaluate(Data()), again.Evaluate(Data()));
    }

    [Fact]
    public void A_saved_transformer_keeps_what_its_labels_and_weights_are()
    {
        var options = Options();
        options.Data.TrainOnPrompt = true;
        options.Data.WeightColumnName = "w";
        var data = _mlContext.Data.LoadFromEnumerable(
            [new { instruction = "1+1", response = "2", w = 1f }, new { instruction = "the sea", response = "blue", w = 3f }]);
        using var model = _mlContext.Transforms.AsftFineTune(options).Fit(data);
        string path = Path.Combine(_folder.Folder, "weights.zip");
        _mlContext.Model.Save(model, data.Schema, path);
        using var again = (AsftTransformer)_mlContext.Model.Load(path, out _);
        Same(model.Evaluate(data), again.Evaluate(data));
        Assert.Contains("'w'", Assert.ThrowsAny<ArgumentException>(() => again.Evaluate(Data())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fully_trained_transformer_comes_back_too()
    {
        var options = Options();
        options.Lora = null;
        using var trained = _mlContext.Transforms.AsftFineTune(options).Fit(Data());
        string path = Path.Combine(_folder.Folder, "full.zip");
        _mlContext.Model.Save(trained, Data().Schema, path);
        using var again = (AsftTransformer)_mlContext.Model.Load(path, out _);
        Assert.Equal(Completions(trained), Completions(again));
        Assert.True(again.Evaluate(Data()).Kl > 0);
    }

    [Fact]
    public void It_works_within_a_chain_that_is_saved_and_loaded()
    {
        var options = Options();
        options.Data.PromptColumnName = "question";
        var pipeline = _mlContext.Transforms.CopyColumns("question", "instruction")
            .Append(_mlContext.Transforms.AsftFineTune(options))
            .Append(_mlContext.Transforms.CopyColumns("answer", "completion"));
        var chain = pipeline.Fit(Data());
        string path = Path.Combine(_folder.Folder, "chain.zip");
        _mlContext.Model.Save(chain, Data().Schema, path);
        var again = _mlContext.Model.Load(path, out _);
        string[] answers = [.. again.Transform(Data()).GetColumn<string>("answer")];
        Assert.Equal([.. chain.Transform(Data()).GetColumn<string>("answer")], answers);
        Assert.Equal(5, answers.Length);
        (again as IDisposable)?.Dispose();
        (chain as IDisposable).Dispose();
    }

    [Fact]
    public void A_model_file_of_an_earlier_version_is_verified_by_the_fingerprint_that_it_has()
    {
        string path = Path.Combine(_folder.Folder, "older.zip");
        _mlContext.Model.Save(_model, Data().Schema, path);
        Rewrite(path, text => text.Replace(Fingerprint.OfModel(_folder.Path), SampledFingerprint.OfModel(_folder.Path), StringComparison.Ordinal));
        using (var again = (AsftTransformer)_mlContext.Model.Load(path, out _))
        {
            Assert.Equal(Completions(_model), Completions(again));
        }

        Rewrite(path, text => text.Replace(SampledFingerprint.OfModel(_folder.Path), new string('0', 64), StringComparison.Ordinal));
        string wrong = LoadError(path);
        Assert.Contains("(fingerprint 000000000000)", wrong, StringComparison.Ordinal);
        Assert.Contains($"(fingerprint {SampledFingerprint.OfModel(_folder.Path)[..12]})", wrong, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"ModelPath\"", "\"Model_Path\"", "damaged")]
    [InlineData("{", "[", "damaged")]
    [InlineData("\"v2:", "\"v3:", "newer version")]
    public void A_damaged_model_file_says_what_is_wrong_with_it(string was, string becomes, string expected)
    {
        string path = Path.Combine(_folder.Folder, "damaged.zip");
        _mlContext.Model.Save(_model, Data().Schema, path);
        Rewrite(path, text => text.Replace(was, becomes, StringComparison.Ordinal));
        Assert.Contains(expected, LoadError(path), StringComparison.Ordinal);
    }

    // Changes the settings within a model file.
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

    [Fact]
    public void A_base_model_that_is_gone_or_changed_is_an_error_that_names_both()
    {
        string path = Path.Combine(_folder.Folder, "pipeline.zip");
        _mlContext.Model.Save(_model, Data().Schema, path);
        string moved = Path.Combine(_folder.Folder, "home", "model");
        Directory.CreateDirectory(Path.GetDirectoryName(moved)!);
        Directory.Move(_folder.Path, moved);
        var gone = LoadError(path);
        Assert.Contains(_folder.Path, gone, StringComparison.Ordinal);
        Assert.Contains("ASFT_MODEL_HOME", gone, StringComparison.Ordinal);

        using (var other = new TinyModel(seed: 4))
        {
            Directory.Move(other.Path, _folder.Path);
            Assert.Contains("is not the base model", LoadError(path), StringComparison.Ordinal);
        }

        Directory.Delete(_folder.Path, recursive: true);
        Directory.Move(moved, _folder.Path);
        using var again = (AsftTransformer)_mlContext.Model.Load(path, out _);
        Assert.Equal(Completions(_model), Completions(again));
    }

    [Fact]
    public void Rows_keep_their_order_and_other_columns()
    {
        var rows = _mlContext.Data.CreateEnumerable<Completed>(_model.Transform(Data()), reuseRowObject: false).ToArray();
        Assert.Equal(Demonstration.Some.Select(d => d.Instruction), rows.Select(r => r.Instruction));
        Assert.Equal(Completions(_model), rows.Select(r => r.Completion!));
    }

    [Fact]
    public void Nothing_is_completed_unless_the_column_is_asked_for()
    {
        var completed = _model.Transform(Data());
        using var cursor = completed.GetRowCursor([completed.Schema["instruction"]]);
        Assert.True(cursor.MoveNext());
        Assert.False(cursor.IsColumnActive(completed.Schema["completion"]));
        Assert.ThrowsAny<InvalidOperationException>(() => cursor.GetGetter<ReadOnlyMemory<char>>(completed.Schema["completion"]));
    }

    [Fact]
    public void Further_columns_tell_of_the_completion_and_are_computed_when_asked_for()
    {
        var options = Options();
        (options.OutputColumns.TokenCountColumnName, options.OutputColumns.MeanLogProbabilityColumnName, options.OutputColumns.FinishReasonColumnName) = ("tokens", "likelihood", "reason");
        using var model = _mlContext.Model.LoadAsft(options);
        string path = Path.Combine(_folder.Folder, "columns.zip");
        _mlContext.Model.Save(model, Data().Schema, path);
        using var again = (AsftTransformer)_mlContext.Model.Load(path, out _);
        var rows = again.Transform(Data());
        int[] tokens = [.. rows.GetColumn<int>("tokens")];
        float[] means = [.. rows.GetColumn<float>("likelihood")];
        string[] reasons = [.. rows.GetColumn<string>("reason")];
        Assert.Equal(["instruction", "response", "completion", "tokens", "likelihood", "reason"], rows.Schema.Select(c => c.Name));

        options.Generation.TopLogProbabilities = 0;
        var completions = model.Complete([.. Demonstration.Some.Select(d => d.Instruction!)]);
        Assert.Equal(completions.Select(c => c.TokenIds.Count), tokens);
        Assert.Equal(completions.Select(c => (float)c.MeanLogProbability), means);
        Assert.Equal(completions.Select(c => c.FinishReason == FinishReason.Stop ? "stop" : "length"), reasons);
        Assert.All(means, mean => Assert.InRange(mean, -20, 0));
    }

    [Fact]
    public void Drawn_rows_go_by_their_seed_and_place_whatever_the_batch()
    {
        string[] Drawn(int batchSize)
        {
            var options = Options();
            (options.Generation.Temperature, options.Generation.Seed, options.Generation.BatchSize) = (1.5, 3, batchSize);
            using var model = _mlContext.Model.LoadAsft(options);
            return [.. model.Transform(Data()).GetColumn<string>("completion")];
        }

        Assert.Equal(Drawn(1), Drawn(3));
    }

    [Fact]
    public void A_prompt_can_have_several_completions()
    {
        var options = Options();
        (options.Generation.Temperature, options.Generation.Seed) = (1.5, 3);
        using var model = _mlContext.Model.LoadAsft(options);
        string[] samples = [.. model.Sample("1+1", 5).Select(c => c.Text)];
        Assert.Equal(samples, model.Sample("1+1", 5).Select(c => c.Text));
        Assert.Equal(model.Complete("1+1").Text, samples[0]);
        Assert.True(samples.Distinct().Count() > 1);
    }

    [Fact]
    public void A_prediction_engine_draws_anew_each_time()
    {
        var options = Options();
        options.Generation.Temperature = 3;
        options.OutputColumns.TokenCountColumnName = "tokens";
        using var model = _mlContext.Model.LoadAsft(options);
        using var engine = _mlContext.Model.CreatePredictionEngine<Demonstration, Completed>(model);
        Assert.True(Enumerable.Range(0, 5).Select(_ => engine.Predict(Demonstration.Some[0]).Completion).Distinct().Count() > 1);
    }

    [Fact]
    public void A_prediction_engine_completes_one_row_after_another()
    {
        using var engine = _mlContext.Model.CreatePredictionEngine<Demonstration, Completed>(_model);
        string[] one = [.. Demonstration.Some.Select(d => engine.Predict(d).Completion!)];
        Assert.Equal(Completions(_model), one);
    }

    [Fact]
    public void Completing_in_a_batch_is_completing_one_by_one()
    {
        string[] prompts = [.. Demonstration.Some.Select(d => d.Instruction!)];
        Assert.Equal(prompts.Select(p => _model.Complete(p).Text), _model.Complete(prompts).Select(c => c.Text));
        Assert.All(_model.Complete(prompts), c => Assert.True(c.FinishReason == FinishReason.Stop || c.TokenIds.Count == 6));
    }

    [Fact]
    public void The_adapter_is_a_folder_that_another_run_starts_from()
    {
        string folder = Path.Combine(_folder.Folder, "adapter");
        _model.SaveAdapter(folder);
        var options = Options();
        options.AdapterPath = folder;
        using var again = _mlContext.Model.LoadAsft(options);
        Same(_model.Evaluate(Data()), again.Evaluate(Data()));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void The_merged_model_is_the_model_with_its_adapter(bool rslora, bool dora)
    {
        var options = Options();
        options.Lora = new LoraOptions { Rank = 3, Alpha = 8, Dropout = 0, UseRslora = rslora, UseDora = dora, TargetPattern = "all-linear" };
        using var adapted = _mlContext.Transforms.AsftFineTune(options).Fit(Data());
        string folder = Path.Combine(_folder.Folder, "merged");
        adapted.SaveModel(folder);
        var merged = Options();
        merged.ModelPath = folder;
        using var plain = _mlContext.Model.LoadAsft(merged);
        Assert.Equal(adapted.Evaluate(Data()).Sft, plain.Evaluate(Data()).Sft, 1e-6);
        Assert.Equal(Completions(adapted), Completions(plain));

        string adapter = Path.Combine(_folder.Folder, "adapter");
        adapted.SaveAdapter(adapter);
        merged = Options();
        merged.AdapterPath = adapter;
        using var again = _mlContext.Model.LoadAsft(merged);
        Same(adapted.Evaluate(Data()), again.Evaluate(Data()));
    }

    [Fact]
    public void A_model_as_it_is_has_no_divergence_from_itself()
    {
        using var untouched = _mlContext.Model.LoadAsft(Options());
        Assert.Equal(0, untouched.Evaluate(Data()).Kl, 1e-9);
        Assert.True(_model.Evaluate(Data()).Kl > 0);
        Assert.True(_model.Evaluate(Data()).Sft < untouched.Evaluate(Data()).Sft);
    }

    [Fact]
    public void A_disposed_transformer_says_so()
    {
        var model = _mlContext.Model.LoadAsft(Options());
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => model.Complete("x"));
    }

    // Batches may be composed in another way, which rounds in another way.
    private static void Same(AsftMetrics expected, AsftMetrics actual)
    {
        Assert.Equal(expected.Tokens, actual.Tokens);
        Assert.Equal(expected.Sft, actual.Sft, 1e-5);
        Assert.Equal(expected.Kl, actual.Kl, 1e-5);
        Assert.Equal(expected.TokenAccuracy, actual.TokenAccuracy);
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

    private static string[] Completions(AsftTransformer model) =>
        [.. model.Complete([.. Demonstration.Some.Select(d => d.Instruction!)]).Select(c => c.Text)];

    private IDataView Data() => _mlContext.Data.LoadFromEnumerable(Demonstration.Some);

    private AsftOptions Options() => new()
    {
        ModelPath = _folder.Path,
        Template = "plain",
        LearningRate = 1e-2,
        MaxSteps = 15,
        BatchSize = 2,
        Lora = new LoraOptions { Rank = 4, Alpha = 8, Dropout = 0 },
        Objective = AsftObjective.SftKl,
        Generation = { MaxNewTokens = 6, BatchSize = 2 },
    };
}
