using Microsoft.ML.Asft.Generation;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Tests.Support;
using Microsoft.ML.Data;

namespace Microsoft.ML.Asft.Tests;

public sealed class AsftTransformerTests : TransformerFixture
{
    [Fact]
    public void Rows_keep_their_order_and_other_columns()
    {
        var rows = MLContext.Data.CreateEnumerable<Completed>(Model.Transform(Data()), reuseRowObject: false).ToArray();
        Assert.Equal(Demonstration.Some.Select(d => d.Instruction), rows.Select(r => r.Instruction));
        Assert.Equal(Completions(Model), rows.Select(r => r.Completion!));
    }

    [Fact]
    public void Nothing_is_completed_unless_the_column_is_asked_for()
    {
        var completed = Model.Transform(Data());
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
        using var model = MLContext.Model.LoadAsft(options);
        string path = Path.Combine(Folder.Folder, "columns.zip");
        MLContext.Model.Save(model, Data().Schema, path);
        using var again = (AsftTransformer)MLContext.Model.Load(path, out _);
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
            using var model = MLContext.Model.LoadAsft(options);
            return [.. model.Transform(Data()).GetColumn<string>("completion")];
        }

        Assert.Equal(Drawn(1), Drawn(3));
    }

    [Fact]
    public void A_prompt_can_have_several_completions()
    {
        var options = Options();
        (options.Generation.Temperature, options.Generation.Seed) = (1.5, 3);
        using var model = MLContext.Model.LoadAsft(options);
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
        using var model = MLContext.Model.LoadAsft(options);
        using var engine = MLContext.Model.CreatePredictionEngine<Demonstration, Completed>(model);
        Assert.True(Enumerable.Range(0, 5).Select(_ => engine.Predict(Demonstration.Some[0]).Completion).Distinct().Count() > 1);
    }

    [Fact]
    public void A_prediction_engine_completes_one_row_after_another()
    {
        using var engine = MLContext.Model.CreatePredictionEngine<Demonstration, Completed>(Model);
        string[] one = [.. Demonstration.Some.Select(d => engine.Predict(d).Completion!)];
        Assert.Equal(Completions(Model), one);
    }

    [Fact]
    public void Completing_in_a_batch_is_completing_one_by_one()
    {
        string[] prompts = [.. Demonstration.Some.Select(d => d.Instruction!)];
        Assert.Equal(prompts.Select(p => Model.Complete(p).Text), Model.Complete(prompts).Select(c => c.Text));
        Assert.All(Model.Complete(prompts), c => Assert.True(c.FinishReason == FinishReason.Stop || c.TokenIds.Count == 6));
    }

    [Fact]
    public void The_adapter_is_aFolder_that_another_run_starts_from()
    {
        string folder = Path.Combine(Folder.Folder, "adapter");
        Model.SaveAdapter(folder);
        var options = Options();
        options.AdapterPath = folder;
        using var again = MLContext.Model.LoadAsft(options);
        Same(Model.Evaluate(Data()), again.Evaluate(Data()));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void The_mergedModel_is_theModel_with_its_adapter(bool rslora, bool dora)
    {
        var options = Options();
        options.Lora = new LoraOptions { Rank = 3, Alpha = 8, Dropout = 0, UseRslora = rslora, UseDora = dora, TargetPattern = "all-linear" };
        using var adapted = MLContext.Transforms.AsftFineTune(options).Fit(Data());
        string folder = Path.Combine(Folder.Folder, "merged");
        adapted.SaveModel(folder);
        var merged = Options();
        merged.ModelPath = folder;
        using var plain = MLContext.Model.LoadAsft(merged);
        Assert.Equal(adapted.Evaluate(Data()).Sft, plain.Evaluate(Data()).Sft, 1e-6);
        Assert.Equal(Completions(adapted), Completions(plain));

        string adapter = Path.Combine(Folder.Folder, "adapter");
        adapted.SaveAdapter(adapter);
        merged = Options();
        merged.AdapterPath = adapter;
        using var again = MLContext.Model.LoadAsft(merged);
        Same(adapted.Evaluate(Data()), again.Evaluate(Data()));
    }

    [Fact]
    public void AModel_as_it_is_has_no_divergence_from_itself()
    {
        using var untouched = MLContext.Model.LoadAsft(Options());
        Assert.Equal(0, untouched.Evaluate(Data()).Kl, 1e-9);
        Assert.True(Model.Evaluate(Data()).Kl > 0);
        Assert.True(Model.Evaluate(Data()).Sft < untouched.Evaluate(Data()).Sft);
    }

    [Fact]
    public void A_disposed_transformer_says_so()
    {
        var model = MLContext.Model.LoadAsft(Options());
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => model.Complete("x"));
    }
}
