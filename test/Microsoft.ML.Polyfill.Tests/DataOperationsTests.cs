using Microsoft.ML.Data;

namespace Microsoft.ML.Polyfill.Tests;

public class DataOperationsTests
{
    private readonly MLContext _ml = new(seed: 7);
    private readonly IDataView _data;

    public DataOperationsTests() => _data = _ml.Data.LoadFromEnumerable(Row.Some(40));

    [Fact]
    public void Taking_and_skipping_rows_know_their_count()
    {
        var taken = _ml.Data.TakeRows(_data, 3);
        var rest = _ml.Data.SkipRows(_data, 38);

        Assert.Equal([0f, 1f, 2f], Numbers(taken));
        Assert.Equal([38f, 39f], Numbers(rest));
        Assert.Equal(3, taken.GetRowCount());
        Assert.Equal(2, rest.GetRowCount());
        Assert.Equal(0, _ml.Data.SkipRows(_data, 50).GetRowCount());
        Assert.Null(_ml.Data.TakeRows(_ml.Data.FilterRowsByColumn(_data, "Number", 0), 3).GetRowCount());
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Data.TakeRows(_data, 0));
    }

    [Fact]
    public void A_filter_keeps_its_lower_bound_and_not_its_upper_one()
    {
        Assert.Equal([3f, 4f, 5f], Numbers(_ml.Data.FilterRowsByColumn(_data, "Number", 3, 6)));
        Assert.Equal([0f, 1f], Numbers(_ml.Data.FilterRowsByColumn(_data, "Wide", upperBound: 0.25)));
        Assert.Null(_ml.Data.FilterRowsByColumn(_data, "Number", 3, 6).GetRowCount());
    }

    [Fact]
    public void A_filter_wants_a_number()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Data.FilterRowsByColumn(_data, "Text", 3, 6));

        Assert.StartsWith("Schema mismatch for filter column 'Text': expected number, got String", error.Message);
    }

    [Fact]
    public void A_cache_reads_its_source_once_and_then_knows_the_row_count()
    {
        int reads = 0;
        IEnumerable<Row> Source()
        {
            reads++;
            foreach (var row in Row.Some(40))
                yield return row;
        }
        var cache = _ml.Data.Cache(_ml.Data.LoadFromEnumerable(Source()));
        Assert.Null(cache.GetRowCount());

        Assert.Equal(780, Numbers(cache).Sum());
        Assert.Equal(780, Numbers(cache).Sum());

        Assert.Equal(1, reads);
        Assert.Equal(40, cache.GetRowCount());
    }

    [Fact]
    public void A_cache_passes_on_the_error_of_its_source_every_time()
    {
        IEnumerable<Row> Source()
        {
            yield return new Row();
            throw new InvalidDataException("broken");
        }
        var cache = _ml.Data.Cache(_ml.Data.LoadFromEnumerable(Source()));

        for (int i = 0; i < 2; i++)
        {
            var error = Assert.Throws<InvalidOperationException>(() => Numbers(cache).Count());
            Assert.IsType<InvalidDataException>(error.InnerException);
        }
    }

    [Fact]
    public void A_cache_can_be_read_by_many_at_once()
    {
        var cache = _ml.Data.Cache(_ml.Data.LoadFromEnumerable(Enumerable.Range(0, 5000).Select(i => new Row { Vector = [i, 1] })));

        Parallel.For(0, 8, _ => Assert.Equal(12497500 + 5000, cache.GetColumn<float[]>("Vector").Sum(v => (double)v[0] + v[1])));
    }

    [Fact]
    public void A_prefetched_column_must_exist()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Data.Cache(_data, "Missing"));

        Assert.StartsWith("Could not find prefetch column 'Missing'", error.Message);
    }

    [Fact]
    public void A_shuffle_loses_nothing_and_repeats_itself()
    {
        var shuffled = _ml.Data.ShuffleRows(_data, seed: 11);

        Assert.NotEqual(Numbers(_data), Numbers(shuffled));
        Assert.Equal(Numbers(_data), Numbers(shuffled).Order());
        Assert.Equal(Numbers(shuffled), Numbers(shuffled));
        Assert.Equal(40, shuffled.GetRowCount());
    }

    // Orders and parts below are what ML.NET 5.0.0 gives.
    [Fact]
    public void A_shuffle_with_a_pool_of_five_gives_the_order_of_the_real_one()
        => Assert.Equal(
            [
                3, 2, 0, 6, 4, 5, 7, 9, 11, 10, 12, 13, 15, 14, 17, 18, 20, 1, 22, 23,
                16, 19, 24, 8, 26, 25, 21, 27, 31, 29, 33, 32, 35, 34, 36, 39, 28, 30, 37, 38,
            ],
            Numbers(_ml.Data.ShuffleRows(_data, seed: 1, shufflePoolSize: 5)));

    [Fact]
    public void A_shuffled_cache_gives_the_order_of_the_real_one()
        => Assert.Equal(
            [
                4, 24, 38, 25, 9, 21, 16, 12, 36, 32, 8, 7, 28, 15, 18, 6, 35, 19, 34, 30,
                11, 26, 22, 5, 10, 37, 27, 31, 1, 3, 39, 17, 23, 13, 33, 2, 0, 29, 14, 20,
            ],
            Numbers(_ml.Data.ShuffleRows(_ml.Data.Cache(_data), seed: 5, shufflePoolSize: 7)));

    [Theory]
    [InlineData(null, new float[] { 3, 16, 17, 19, 22, 32, 34, 36 })]
    [InlineData(1, new float[] { 2, 9, 10, 12, 13, 21, 28, 33, 34, 35, 37 })]
    [InlineData(99, new float[] { 0, 1, 7, 10, 11, 15, 17, 18, 20, 21, 28, 33, 34, 38, 39 })]
    public void A_split_gives_the_parts_of_the_real_one(int? seed, float[] test)
    {
        var split = _ml.Data.TrainTestSplit(_data, testFraction: 0.3, seed: seed);

        Assert.Equal(test, Numbers(split.TestSet));
        Assert.Equal(Numbers(_data).Except(test), Numbers(split.TrainSet));
    }

    [Theory]
    [InlineData("Text", new float[] { 3, 9, 11, 14, 18, 19, 23, 24, 26, 28, 31 })]
    [InlineData("Long", new float[] { 4, 5, 6, 12, 17, 24, 38 })]
    [InlineData("Category", new float[] { 0, 5, 10, 15, 20, 25, 30, 35 })]
    public void A_split_by_key_gives_the_parts_of_the_real_one(string key, float[] test)
    {
        var split = _ml.Data.TrainTestSplit(_data, testFraction: 0.3, samplingKeyColumnName: key, seed: 1);

        Assert.Equal(test, Numbers(split.TestSet));
        Assert.Equal(Numbers(_data).Except(test), Numbers(split.TrainSet));
    }

    [Fact]
    public void A_split_by_key_keeps_rows_with_one_key_together_and_leaves_out_rows_without()
    {
        var data = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 60).Select(
            i => new Row { Number = i, Text = i % 20 == 0 ? "" : $"ключ {i % 20}" }));

        var split = _ml.Data.TrainTestSplit(data, testFraction: 0.4, samplingKeyColumnName: "Text");

        var train = split.TrainSet.GetColumn<string>("Text").ToList();
        var test = split.TestSet.GetColumn<string>("Text").ToList();
        Assert.Equal(57, train.Count + test.Count);
        Assert.NotEmpty(test);
        Assert.Empty(train.Intersect(test));
    }

    [Fact]
    public void Folds_test_each_row_once()
    {
        var folds = _ml.Data.CrossValidationSplit(_data, numberOfFolds: 4);

        Assert.Equal([3f, 16f, 17f, 19f, 22f, 32f, 34f, 36f], Numbers(folds[0].TestSet));
        Assert.Equal(Numbers(_data), folds.SelectMany(fold => Numbers(fold.TestSet)).Order());
        Assert.All(folds, fold => Assert.Equal(Numbers(_data).Except(Numbers(fold.TestSet)), Numbers(fold.TrainSet)));
    }

    [Fact]
    public void A_split_refuses_a_fraction_that_leaves_a_part_empty_and_a_key_that_is_not_there()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Data.TrainTestSplit(_data, testFraction: 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Data.CrossValidationSplit(_data, numberOfFolds: 1));
        var error = Assert.Throws<ArgumentOutOfRangeException>(
            () => _ml.Data.TrainTestSplit(_data, samplingKeyColumnName: "Missing"));
        Assert.StartsWith("Could not find SamplingKeyColumn column 'Missing'", error.Message);
    }

    private static IEnumerable<float> Numbers(IDataView data) => data.GetColumn<float>("Number");
}
