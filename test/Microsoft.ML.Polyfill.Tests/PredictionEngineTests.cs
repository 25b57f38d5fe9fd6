using Microsoft.ML.Data;

namespace Microsoft.ML.Polyfill.Tests;

public class PredictionEngineTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly IDataView _data;
    private readonly ITransformer _model;

    public PredictionEngineTests()
    {
        _data = _ml.Data.LoadFromEnumerable(Row.Some(4));
        _model = _ml.Transforms.CopyColumns("Copy", "Text").Fit(_data);
    }

    [Fact]
    public void An_engine_maps_one_object_after_another()
    {
        using var engine = _ml.Model.CreatePredictionEngine<Row, Copied>(_model);

        var prediction = engine.Predict(new Row { Text = "a", Number = 3 });
        Assert.Equal(("a", 3f), (prediction.Copy, prediction.Number));
        engine.Predict(new Row { Text = "b", Number = 4 }, ref prediction);
        Assert.Equal(("b", 4f), (prediction.Copy, prediction.Number));
        Assert.NotNull(engine.OutputSchema.GetColumnOrNull("Copy"));
    }

    [Fact]
    public void An_engine_refuses_a_null_example()
    {
        using var engine = _ml.Model.CreatePredictionEngine<Row, Copied>(_model);

        Assert.Throws<ArgumentNullException>(() => engine.Predict(null!));
    }

    [Fact]
    public void An_input_class_without_the_models_column_is_refused_by_name()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Model.CreatePredictionEngine<Copied, Copied>(_model));

        Assert.StartsWith("Could not find input column 'Text'", error.Message);
    }

    [Fact]
    public void An_output_class_may_have_more_members_unless_told_otherwise()
    {
        using var engine = _ml.Model.CreatePredictionEngine<Row, More>(_model);
        Assert.Equal(17, engine.Predict(new Row()).Missing);

        Assert.Throws<ArgumentOutOfRangeException>(
            () => _ml.Model.CreatePredictionEngine<Row, More>(_model, ignoreMissingColumns: false));
    }

    [Fact]
    public void An_engine_can_bind_to_the_schema_that_was_saved_with_the_model()
    {
        using var engine = _ml.Model.CreatePredictionEngine<Row, Copied>(_model, _data.Schema);

        Assert.Equal("a", engine.Predict(new Row { Text = "a" }).Copy);
        var error = Assert.Throws<InvalidOperationException>(
            () => _ml.Model.CreatePredictionEngine<Copied, Copied>(_model, _data.Schema));
        Assert.StartsWith("Type should contain a member named", error.Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_engine_disposes_the_transformer_if_it_owns_it(bool owns)
    {
        var transformer = new Disposable(_model);

        _ml.Model.CreatePredictionEngine<Row, Copied>(transformer, new PredictionEngineOptions { OwnsTransformer = owns }).Dispose();

        Assert.Equal(owns, transformer.IsDisposed);
    }

    private sealed class Copied
    {
        public string Copy { get; set; } = "";

        public float Number { get; set; }
    }

    private sealed class More
    {
        public string Copy { get; set; } = "";

        public int Missing { get; set; } = 17;
    }

    private sealed class Disposable(ITransformer inner) : ITransformer, IDisposable
    {
        public bool IsDisposed { get; private set; }

        public bool IsRowToRowMapper => inner.IsRowToRowMapper;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => inner.GetOutputSchema(inputSchema);

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => inner.GetRowToRowMapper(inputSchema);

        public IDataView Transform(IDataView input) => inner.Transform(input);

        public void Save(ModelSaveContext ctx) => inner.Save(ctx);

        public void Dispose() => IsDisposed = true;
    }
}
