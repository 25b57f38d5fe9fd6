using Microsoft.ML.Data;

namespace Microsoft.ML.Polyfill.Tests;

public class TypeTests
{
    [Fact]
    public void Types_are_equal_when_they_say_the_same()
    {
        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 6), new VectorDataViewType(NumberDataViewType.Single, 6));
        Assert.NotEqual(new VectorDataViewType(NumberDataViewType.Single, 6), new VectorDataViewType(NumberDataViewType.Single, 2, 3));
        Assert.Equal(new KeyDataViewType(typeof(uint), 5), new KeyDataViewType(typeof(uint), 5));
        Assert.NotEqual(new KeyDataViewType(typeof(uint), 5), new KeyDataViewType(typeof(byte), 5));
        Assert.Equal(
            new VectorDataViewType(new KeyDataViewType(typeof(uint), 5), 2).GetHashCode(),
            new VectorDataViewType(new KeyDataViewType(typeof(uint), 5), 2).GetHashCode());
    }

    [Fact]
    public void A_vector_knows_its_size_by_its_dimensions()
    {
        var matrix = new VectorDataViewType(NumberDataViewType.Int32, 2, 3);
        var open = new VectorDataViewType(NumberDataViewType.Int32, 2, 0);

        Assert.Equal((6, true), (matrix.Size, matrix.IsKnownSize));
        Assert.Equal((0, false), (open.Size, open.IsKnownSize));
        Assert.Equal("Vector<Int32, 2, *>", open.ToString());
        Assert.Equal(typeof(VBuffer<int>), matrix.RawType);
    }

    [Fact]
    public void A_key_must_fit_its_raw_type()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeyDataViewType(typeof(int), 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeyDataViewType(typeof(byte), 256));
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeyDataViewType(typeof(byte), 0));
    }

    [Fact]
    public void A_sparse_vector_reads_as_its_dense_copy()
    {
        var sparse = new VBuffer<float>(5, 2, [7, 8], [1, 4]);
        VBuffer<float> dense = default;
        sparse.CopyToDense(ref dense);

        Assert.False(sparse.IsDense);
        Assert.True(dense.IsDense);
        Assert.Equal([0f, 7f, 0f, 0f, 8f], dense.GetValues().ToArray());
        Assert.Equal(dense.DenseValues(), sparse.DenseValues());
        Assert.Equal([1, 4], sparse.Items().Select(item => item.Key));
        Assert.Equal([0, 1, 2, 3, 4], sparse.Items(all: true).Select(item => item.Key));
        Assert.Equal((8f, 0f), (sparse.GetItemOrDefault(4), sparse.GetItemOrDefault(2)));
        Assert.Throws<ArgumentOutOfRangeException>(() => sparse.GetItemOrDefault(5));
    }

    [Fact]
    public void A_vector_is_copied_into_the_middle_of_a_span()
    {
        var destination = new float[6];

        new VBuffer<float>(3, 1, [7], [1]).CopyTo(destination, 2, defaultValue: 9);

        Assert.Equal([0f, 0f, 9f, 7f, 9f, 0f], destination);
        Assert.Throws<ArgumentOutOfRangeException>(() => new VBuffer<float>(3, new float[3]).CopyTo(new float[2]));
    }

    [Fact]
    public void An_editor_writes_into_what_is_there_when_it_suffices()
    {
        var values = new float[] { 1, 2, 3 };
        var buffer = new VBuffer<float>(3, values);

        var smaller = VBufferEditor.Create(ref buffer, 2);
        var larger = VBufferEditor.Create(ref buffer, 4, keepOldOnResize: true);

        Assert.False(smaller.CreatedNewValues);
        Assert.True(larger.CreatedNewValues);
        Assert.Equal([1f, 2f, 3f, 0f], larger.Commit().GetValues().ToArray());
        smaller.Values[0] = 9;
        Assert.Equal(9, values[0]);
    }

    [Fact]
    public void An_editor_makes_a_sparse_vector()
    {
        VBuffer<float> buffer = default;
        var editor = VBufferEditor.Create(ref buffer, 10, 2);
        editor.Values[0] = 1;
        editor.Values[1] = 2;
        editor.Indices[0] = 3;
        editor.Indices[1] = 8;

        Assert.Equal(2, editor.Commit().GetItemOrDefault(8));
        Assert.Equal([3], editor.CommitTruncated(1).GetIndices().ToArray());
    }

    [Fact]
    public void Of_columns_with_one_name_the_last_is_found_and_the_others_are_hidden()
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumn("A", TextDataViewType.Instance);
        builder.AddColumn("A", NumberDataViewType.Single);
        var schema = builder.ToSchema();

        Assert.Equal([true, false], schema.Select(column => column.IsHidden));
        Assert.Equal(1, schema["A"].Index);
        Assert.Null(schema.GetColumnOrNull("B"));
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => schema["B"]);
        Assert.StartsWith("Column 'B' not found", error.Message);
    }

    [Fact]
    public void An_annotation_is_read_by_its_own_type_only()
    {
        var builder = new DataViewSchema.Annotations.Builder();
        builder.AddPrimitiveValue("Scale", NumberDataViewType.Single, 0.5f);
        var annotations = builder.ToAnnotations();
        float scale = 0;
        annotations.GetValue("Scale", ref scale);

        Assert.Equal(0.5f, scale);
        Assert.Throws<InvalidOperationException>(() =>
        {
            double wide = 0;
            annotations.GetValue("Scale", ref wide);
        });
        Assert.Throws<ArgumentException>(() => builder.AddPrimitiveValue("Other", NumberDataViewType.Single, 1));
    }
}
