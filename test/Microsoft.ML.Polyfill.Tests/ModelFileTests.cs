using System.IO.Compression;
using Microsoft.ML.Data;

namespace Microsoft.ML.Polyfill.Tests;

public sealed class ModelFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;
    private readonly MLContext _ml = new(seed: 1);
    private readonly IDataView _data;
    private readonly ITransformer _model;

    public ModelFileTests()
    {
        _data = _ml.Data.LoadFromEnumerable(Row.Some(4), Definition());
        _model = _ml.Transforms.CopyColumns("Copy", "Text").Append(_ml.Transforms.SelectColumns("Copy", "Number")).Fit(_data);
    }

    private string ModelPath => Path.Combine(_folder, "model.zip");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_chain_comes_back_from_its_file()
    {
        _ml.Model.Save(_model, _data.Schema, ModelPath);

        CheckModel(ModelPath);
    }

    // Each was written by the package it is named for, from this class's model; whichever runs here reads both.
    [Theory]
    [InlineData("mlnet.zip")]
    [InlineData("polyfill.zip")]
    public void A_file_that_either_package_wrote_is_read(string asset)
        => CheckModel(Path.Combine(AppContext.BaseDirectory, "Assets", asset));

    [Fact]
    public void A_transformer_that_is_no_chain_comes_back_as_its_own_type()
    {
        _ml.Model.Save(_ml.Transforms.DropColumns("Text").Fit(_data), _data.Schema, ModelPath);

        var model = new MLContext().Model.Load(ModelPath, out _);

        Assert.Equal("ColumnSelectingTransformer", model.GetType().Name);
        Assert.DoesNotContain(model.GetOutputSchema(_data.Schema), column => column.Name == "Text");
    }

    [Fact]
    public void A_model_without_a_schema_comes_back_without_one()
    {
        _ml.Model.Save(_model, null, ModelPath);

        var model = _ml.Model.Load(ModelPath, out var schema);

        Assert.Null(schema);
        Assert.Equal(2, model.GetOutputSchema(_data.Schema).Count);
    }

    [Fact]
    public void The_file_has_an_entry_for_the_schema_and_a_folder_for_each_transformer()
    {
        _ml.Model.Save(_model, _data.Schema, ModelPath);

        using var archive = ZipFile.OpenRead(ModelPath);
        Assert.Equal(
            [
                "Schema", "TrainingInfo/Version.txt", "TransformerChain/Model.key",
                "TransformerChain/Transform_000/Model.key", "TransformerChain/Transform_001/Model.key",
            ],
            archive.Entries.Select(entry => entry.FullName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_main_stream_begins_with_its_signature_and_the_models()
    {
        _ml.Model.Save(_model, _data.Schema, ModelPath);

        using var archive = ZipFile.OpenRead(ModelPath);
        using var reader = new BinaryReader(archive.GetEntry("TransformerChain/Model.key")!.Open());
        byte[] header = reader.ReadBytes(256);
        Assert.Equal("ML\0MODEL", System.Text.Encoding.Latin1.GetString(header, 0, 8));
        Assert.Equal(256, BitConverter.ToInt64(header, 0x10));
        Assert.Equal("XF\0CHAIN", System.Text.Encoding.Latin1.GetString(header, 0x40, 8));
        Assert.Equal("TransformerChain", System.Text.Encoding.Latin1.GetString(header, 0x50, 24).TrimEnd('\0'));
        Assert.Equal(2, reader.ReadInt32());
    }

    [Fact]
    public void A_stream_stays_open_and_temporary_files_do_not_stay()
    {
        string temporary = Directory.CreateDirectory(Path.Combine(_folder, "temporary")).FullName;
        var ml = new MLContext { TempFilePath = temporary };
        using var stream = new MemoryStream();

        ml.Model.Save(_model, _data.Schema, stream);
        stream.Position = 0;
        ml.Model.Load(stream, out _);

        Assert.True(stream.CanRead);
        Assert.Empty(Directory.EnumerateFileSystemEntries(temporary));
    }

    [Fact]
    public void What_is_no_archive_is_refused()
    {
        using var stream = new MemoryStream(new byte[100]);

        Assert.Throws<FormatException>(() => _ml.Model.Load(stream, out _));
    }

    [Fact]
    public void An_archive_without_a_model_is_refused()
    {
        using (var archive = ZipFile.Open(ModelPath, ZipArchiveMode.Create))
            archive.CreateEntry("something");

        Assert.Throws<InvalidOperationException>(() => _ml.Model.Load(ModelPath, out _));
    }

    [Fact]
    public void A_cut_main_stream_is_refused()
    {
        Rewrite("TransformerChain/Model.key", bytes => bytes[..^10]);

        Assert.Throws<FormatException>(() => _ml.Model.Load(ModelPath, out _));
    }

    [Fact]
    public void A_main_stream_of_another_kind_is_refused()
    {
        Rewrite("TransformerChain/Model.key", bytes => [.. bytes.Select((value, i) => i == 0 ? (byte)0 : value)]);

        Assert.Throws<FormatException>(() => _ml.Model.Load(ModelPath, out _));
    }

    [Fact]
    public void A_loader_that_nobody_declares_is_refused()
    {
        Rewrite("TransformerChain/Model.key", bytes => [.. bytes.Select((value, i) => i == 0x50 ? (byte)'Q' : value)]);

        Assert.Throws<FormatException>(() => _ml.Model.Load(ModelPath, out _));
    }

    [Fact]
    public void A_transformer_that_writes_nothing_about_itself_cannot_be_saved()
    {
        using var stream = new MemoryStream();

        var error = Assert.Throws<InvalidOperationException>(() => _ml.Model.Save(new Silent(), _data.Schema, stream));

        Assert.Equal("ModelSignature not specified!", error.Message);
    }

    private static SchemaDefinition Definition()
    {
        var definition = SchemaDefinition.Create(typeof(Row));
        definition["Vector"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 2);
        definition["Vector"].AddAnnotation("SlotNames", new[] { "first", "zweiter" }, new VectorDataViewType(TextDataViewType.Instance, 2));
        definition["Number"].AddAnnotation("IsNormalized", true, BooleanDataViewType.Instance);
        definition["Number"].AddAnnotation(
            "Many", Enumerable.Repeat(0.5f, 500).ToArray(), new VectorDataViewType(NumberDataViewType.Single, 500));
        definition["Text"].AddAnnotation(
            "When", new DateTimeOffset(2020, 1, 2, 3, 4, 5, TimeSpan.FromMinutes(90)), DateTimeOffsetDataViewType.Instance);
        definition["Text"].AddAnnotation("Span", TimeSpan.FromSeconds(7), TimeSpanDataViewType.Instance);
        definition["Text"].AddAnnotation(
            "Keys", new uint[] { 1, 2 }, new VectorDataViewType(new KeyDataViewType(typeof(uint), 3), 2));
        return definition;
    }

    private static T Annotation<T>(DataViewSchema.Column column, string kind)
    {
        T value = default!;
        column.Annotations.GetValue(kind, ref value);
        return value;
    }

    private void CheckModel(string path)
    {
        var model = new MLContext().Model.Load(path, out var schema);

        Assert.IsType<TransformerChain<ITransformer>>(model);
        Assert.Equal(["t0", "t1", "t2", "t3"], model.Transform(_data).GetColumn<string>("Copy"));
        Assert.Equal(["Copy", "Number"], model.GetOutputSchema(schema).Select(column => column.Name));
        Assert.Equal(_data.Schema.Select(column => column.ToString()), schema.Select(column => column.ToString()));
        Assert.Equal(
            ["first", "zweiter"],
            Annotation<VBuffer<ReadOnlyMemory<char>>>(schema["Vector"], "SlotNames").DenseValues().Select(name => name.ToString()));
        Assert.True(Annotation<bool>(schema["Number"], "IsNormalized"));
        Assert.Equal(Enumerable.Repeat(0.5f, 500), Annotation<VBuffer<float>>(schema["Number"], "Many").DenseValues());
        Assert.Equal(
            new DateTimeOffset(2020, 1, 2, 3, 4, 5, TimeSpan.FromMinutes(90)),
            Annotation<DateTimeOffset>(schema["Text"], "When"));
        Assert.Equal(TimeSpan.FromSeconds(7), Annotation<TimeSpan>(schema["Text"], "Span"));
        Assert.Equal([1u, 2u], Annotation<VBuffer<uint>>(schema["Text"], "Keys").DenseValues());
    }

    private void Rewrite(string entry, Func<byte[], byte[]> change)
    {
        _ml.Model.Save(_model, _data.Schema, ModelPath);
        using var archive = ZipFile.Open(ModelPath, ZipArchiveMode.Update);
        using var bytes = new MemoryStream();
        using (var old = archive.GetEntry(entry)!.Open())
            old.CopyTo(bytes);
        archive.GetEntry(entry)!.Delete();
        using var stream = archive.CreateEntry(entry).Open();
        stream.Write(change(bytes.ToArray()));
    }

    private sealed class Silent : ITransformer
    {
        public bool IsRowToRowMapper => false;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => inputSchema;

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => throw new NotSupportedException();

        public IDataView Transform(IDataView input) => input;

        public void Save(ModelSaveContext ctx)
        {
        }
    }
}
