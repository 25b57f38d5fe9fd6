using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Tests.Support;
using Microsoft.ML.Asft.Tests.Training;
using Microsoft.ML.Data;

namespace Microsoft.ML.Asft.Tests;

/// <summary>How fine-tuning gets on with the rest of ML.NET.</summary>
public sealed class PipelineTests : FitFixture
{
    [Fact]
    public void Any_data_view_will_do()
    {
        var rows = MLContext.Data.LoadFromEnumerable(Demonstration.Some);
        IDataView[] views =
        [
            rows,
            MLContext.Data.Cache(rows),
            MLContext.Data.ShuffleRows(rows, seed: 3),
            MLContext.Data.TakeRows(rows, 4),
            MLContext.Data.SkipRows(rows, 1),
            MLContext.Data.LoadFromEnumerable(Streamed()),
        ];
        Assert.Null(views[^1].GetRowCount());
        foreach (var view in views)
        {
            var options = Options();
            options.MaxSteps = null;
            options.Epochs = 1;
            options.BatchSize = 1;
            using var model = MLContext.Transforms.AsftFineTune(options).Fit(view);
            Assert.InRange(model.History.Count, 4, 5);
        }

        static IEnumerable<Demonstration> Streamed()
        {
            foreach (var row in Demonstration.Some)
            {
                yield return row;
            }
        }
    }

    [Fact]
    public void The_columns_that_are_not_text_are_left_alone()
    {
        var data = MLContext.Data.LoadFromEnumerable(Demonstration.Some.Select((d, i) => new Numbered
        {
            Number = i, Instruction = d.Instruction, Response = d.Response,
        }));
        using var model = MLContext.Transforms.AsftFineTune(Options()).Fit(data);
        Assert.Equal([0, 1, 2, 3, 4], model.Transform(data).GetColumn<float>("Number"));
    }

    [Fact]
    public void A_wrong_schema_is_told_as_ML_NET_tells_it()
    {
        var numbers = MLContext.Data.LoadFromEnumerable([new Numbered { Instruction = "a", Response = "b" }]);
        var options = Options();
        options.Data.PromptColumnName = "Number";
        var expected = Assert.ThrowsAny<ArgumentException>(() => MLContext.Transforms.AsftFineTune(options).Fit(numbers));
        Assert.Contains("Schema mismatch for prompt column 'Number': expected String, got Single", expected.Message, StringComparison.Ordinal);
        options.Data.PromptColumnName = "missing";
        expected = Assert.ThrowsAny<ArgumentException>(() => MLContext.Transforms.AsftFineTune(options).Fit(numbers));
        Assert.Contains("Could not find prompt column 'missing'", expected.Message, StringComparison.Ordinal);
        options = Options();
        options.Validation.Data = MLContext.Data.LoadFromEnumerable([new { instruction = "a" }]);
        Assert.Contains(
            "Could not find response column 'response'", Assert.ThrowsAny<ArgumentException>(() => Fit(options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_schema_before_fitting_is_that_of_what_comes_out()
    {
        var estimator = MLContext.Transforms.CopyColumns("question", "instruction").Append(MLContext.Transforms.AsftFineTune(Asking()));
        var shape = estimator.GetOutputSchema(ShapeOf(Data().Schema));
        var chain = estimator.Fit(Data());
        var schema = chain.GetOutputSchema(Data().Schema);
        Assert.Equal(schema.Select(c => c.Name).Order(), shape.Select(c => c.Name).Order());
        Assert.Equal(TextDataViewType.Instance, shape.Single(c => c.Name == "completion").ItemType);
        Assert.Equal(schema.Select(c => c.Name), chain.Transform(Data()).Schema.Select(c => c.Name));
        ((IDisposable)chain).Dispose();
    }

    [Fact]
    public void Splits_train_and_test_one_model_each()
    {
        var split = MLContext.Data.TrainTestSplit(Data(), testFraction: 0.4, seed: 1);
        using var model = MLContext.Transforms.AsftFineTune(Options()).Fit(split.TrainSet);
        Assert.True(model.Evaluate(split.TestSet).Tokens > 0);
        foreach (var fold in MLContext.Data.CrossValidationSplit(Data(), numberOfFolds: 2, seed: 1))
        {
            using var folded = MLContext.Transforms.AsftFineTune(Options()).Fit(fold.TrainSet);
            Assert.True(double.IsFinite(folded.Evaluate(fold.TestSet).Sft));
        }
    }

    [NoGpuFact]
    public void A_GPU_that_is_not_there_is_an_error_or_the_CPU_as_the_context_says()
    {
        MLContext.GpuDeviceId = 0;
        Assert.Contains("GPU", Assert.Throws<InvalidOperationException>(() => Fit(Options())).Message, StringComparison.Ordinal);
        MLContext.FallbackToCpu = true;
        using var model = Fit(Options());
        Assert.Equal(TorchSharp.DeviceType.CPU, model.Model.HeadWeight.device_type);
    }

    [Fact]
    public async Task Several_threads_may_complete_with_one_transformer()
    {
        using var model = Fit(Options());
        string expected = model.Complete("1+1").Text;
        var found = new ConcurrentBag<string>();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => found.Add(model.Complete("1+1").Text))));
        Assert.All(found, text => Assert.Equal(expected, text));
        Assert.Equal(8, found.Count);
    }

    [Fact]
    public void History_adapter_and_options_can_be_had()
    {
        var options = Options();
        using var model = Fit(options);
        Assert.Same(options, model.Options);
        Assert.Equal(4, model.AdapterConfig!.R);
        Assert.Equal(8, model.AdapterTensors.Count);
        Assert.All(model.AdapterTensors, tensor => Assert.Contains(".lora_", tensor.Key, StringComparison.Ordinal));
        Assert.Equal(Steps, model.History.Count);
        using var full = Fit(Options(lora: false));
        Assert.Null(full.AdapterConfig);
        Assert.Empty(full.AdapterTensors);
    }

    // ML.NET keeps to itself how it makes the shape that it asks estimators about.
    private static SchemaShape ShapeOf(DataViewSchema schema) => (SchemaShape)typeof(SchemaShape)
        .GetMethod("Create", BindingFlags.Static | BindingFlags.NonPublic, [typeof(DataViewSchema)])!.Invoke(null, [schema])!;

    private AsftOptions Asking()
    {
        var options = Options();
        options.Data.PromptColumnName = "question";
        return options;
    }

    private sealed class Numbered
    {
        public float Number { get; set; }

        [ColumnName("instruction")]
        public string? Instruction { get; set; }

        [ColumnName("response")]
        public string? Response { get; set; }
    }
}
