using Microsoft.ML.Data;

namespace Microsoft.ML.Polyfill.Tests;

public class PipelineTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly IDataView _data;

    public PipelineTests() => _data = _ml.Data.LoadFromEnumerable(Row.Some(4));

    [Fact]
    public void A_copied_column_stands_at_the_end_and_hides_a_column_of_its_name()
    {
        var added = _ml.Transforms.CopyColumns("Copy", "Text").Fit(_data).Transform(_data);
        var hiding = _ml.Transforms.CopyColumns("Number", "Text").Fit(_data).Transform(_data);

        Assert.Equal("Copy", added.Schema[^1].Name);
        Assert.Equal(["t0", "t1", "t2", "t3"], added.GetColumn<string>("Copy"));
        Assert.True(hiding.Schema[0].IsHidden);
        Assert.Equal(1, hiding.Schema["Number"].Index);
        Assert.Equal(["t0", "t1", "t2", "t3"], hiding.GetColumn<string>("Number"));
    }

    [Fact]
    public void Selecting_keeps_the_order_asked_for_and_dropping_keeps_the_rest()
    {
        var selected = _ml.Transforms.SelectColumns("Words", "Number").Fit(_data).Transform(_data);
        var dropped = _ml.Transforms.DropColumns("Words", "Number").Fit(_data).Transform(_data);

        Assert.Equal(["Words", "Number"], selected.Schema.Select(column => column.Name));
        Assert.Equal(["Wide", "Vector", "Category", "Text", "Long", "Flag"], dropped.Schema.Select(column => column.Name));
        Assert.Equal(4, selected.GetRowCount());
    }

    [Fact]
    public void Hidden_columns_are_selected_when_asked()
    {
        var hiding = _ml.Transforms.CopyColumns("Number", "Text").Fit(_data).Transform(_data);

        Assert.Equal(
            ["Number: Single", "Number: String"],
            _ml.Transforms.SelectColumns(["Number"], keepHidden: true).Fit(hiding).Transform(hiding).Schema.Select(c => c.ToString()));
        Assert.Equal(
            ["Number: String"],
            _ml.Transforms.SelectColumns("Number").Fit(hiding).Transform(hiding).Schema.Select(c => c.ToString()));
    }

    [Fact]
    public void A_chain_applies_its_parts_in_turn()
    {
        var chain = _ml.Transforms.CopyColumns("A", "Text")
            .Append(_ml.Transforms.CopyColumns("B", "A"))
            .AppendCacheCheckpoint(_ml)
            .Append(_ml.Transforms.SelectColumns("B", "Number"))
            .Fit(_data);

        var output = chain.Transform(_data);

        Assert.Equal(["B", "Number"], output.Schema.Select(column => column.Name));
        Assert.Equal(output.Schema.Select(c => c.ToString()), chain.GetOutputSchema(_data.Schema).Select(c => c.ToString()));
        Assert.Equal(["t0", "t1", "t2", "t3"], output.GetColumn<string>("B"));
        Assert.Equal(3, chain.Count());
        Assert.Same(chain.Last(), chain.LastTransformer);
    }

    [Fact]
    public void A_chain_complains_about_a_missing_column_before_it_fits_anything()
    {
        bool fitted = false;
        var pipeline = _ml.Transforms.CopyColumns("A", "Text").WithOnFitDelegate(_ => fitted = true)
            .Append(_ml.Transforms.CopyColumns("B", "Missing"));

        var error = Assert.Throws<ArgumentOutOfRangeException>(() => pipeline.Fit(_data));

        Assert.StartsWith("Could not find input column 'Missing'", error.Message);
        Assert.Equal("inputSchema", error.ParamName);
        Assert.False(fitted);
    }

    [Fact]
    public void A_part_for_training_only_is_left_out_when_scoring()
    {
        var chain = _ml.Transforms.CopyColumns("A", "Text")
            .Append(_ml.Transforms.SelectColumns("Number"), TransformerScope.Training)
            .Fit(_data);

        Assert.Contains(chain.Transform(_data).Schema, column => column.Name == "A");
        Assert.Single(chain.Transform(_data, TransformerScope.Training).Schema);
    }

    [Fact]
    public void A_chain_of_mappers_asks_only_for_the_columns_it_needs()
    {
        ITransformer chain = _ml.Transforms.CopyColumns("A", "Text").Append(_ml.Transforms.CopyColumns("B", "A")).Fit(_data);
        Assert.True(chain.IsRowToRowMapper);
        var mapper = chain.GetRowToRowMapper(_data.Schema);

        var needed = mapper.GetDependencies([mapper.OutputSchema["B"]]);

        Assert.Equal(["Text"], needed.Select(column => column.Name));
    }

    [Fact]
    public void The_shape_of_a_schema_has_kinds_and_item_types_and_no_hidden_columns()
    {
        var spy = new Spy();
        spy.Append(_ml.Transforms.CopyColumns("A", "Text"))
            .Fit(_ml.Transforms.CopyColumns("Number", "Text").Fit(_data).Transform(_data));

        var shape = spy.Seen!.ToDictionary(column => column.Name);
        Assert.Equal(8, shape.Count);
        Assert.Equal(TextDataViewType.Instance, shape["Number"].ItemType);
        Assert.Equal(SchemaShape.Column.VectorKind.VariableVector, shape["Vector"].Kind);
        Assert.Equal(NumberDataViewType.Single, shape["Vector"].ItemType);
        Assert.True(shape["Category"].IsKey);
        Assert.Equal(NumberDataViewType.UInt32, shape["Category"].ItemType);
        Assert.Equal(SchemaShape.Column.VectorKind.Scalar, shape["Text"].Kind);
    }

    [Fact]
    public void An_outsiders_transformer_works_in_a_chain_and_in_a_prediction_engine()
    {
        var chain = new EstimatorChain<ITransformer>()
            .Append(new Shouting.Estimator())
            .Append(_ml.Transforms.CopyColumns("Copy", "Text"))
            .Fit(_data);

        Assert.Equal(["T0", "T1", "T2", "T3"], chain.Transform(_data).GetColumn<string>("Copy"));
        using var engine = _ml.Model.CreatePredictionEngine<Row, Copied>(chain);
        Assert.Equal("ABC", engine.Predict(new Row { Text = "abc" }).Copy);
    }

    private sealed class Copied
    {
        public string Copy { get; set; } = "";
    }

    private sealed class Spy : IEstimator<ITransformer>
    {
        public SchemaShape? Seen { get; private set; }

        public ITransformer Fit(IDataView input) => new TransformerChain<ITransformer>();

        public SchemaShape GetOutputSchema(SchemaShape inputSchema) => Seen = inputSchema;
    }
}
