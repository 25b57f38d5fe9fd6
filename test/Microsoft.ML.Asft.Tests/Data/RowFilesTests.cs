using Microsoft.ML.Asft.Tests.Support;

namespace Microsoft.ML.Asft.Tests.Data;

public sealed class RowFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Files_follow_each_other_in_the_order_given_and_their_columns_are_joined()
    {
        Write("b.jsonl", "b");
        _folder.Write("a.csv", "n,m\na,2\n");

        Assert.Equal("n=b\nn=a;m=2", Read([At("b.jsonl"), At("a.csv")]));
        Assert.Equal("n=a;m=2\nn=b", Read([_folder.Path]));
    }

    [Fact]
    public void Patterns_find_files_in_the_order_of_their_names()
    {
        foreach (string name in (string[])["x/2.jsonl", "x/1.jsonl", "x/y/3.jsonl", "x/1.txt", "4.jsonl"])
        {
            Write(name, Path.GetFileNameWithoutExtension(name));
        }

        Assert.Equal("n=1\nn=2", Read([At("x/*.jsonl")]));
        Assert.Equal("n=3", Read([At("x/*/?.jsonl")]));
        Assert.Equal("n=4\nn=1\nn=2\nn=3", Read([At("**/*.jsonl")]));
        Assert.Contains("No file matches", Assert.Throws<FileNotFoundException>(() => Read([At("*.csv")])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("train.jsonl test.jsonl", "train", "train.jsonl")]
    [InlineData("my_train_1.jsonl my-dev.jsonl", "validation", "my-dev.jsonl")]
    [InlineData("train/a.jsonl train/b.jsonl test/a.jsonl", "train", "train/a.jsonl train/b.jsonl")]
    [InlineData("data/train-00000-of-00002.jsonl data/train-00001-of-00002.jsonl data/test-00000-of-00001.jsonl", "train",
        "data/train-00000-of-00002.jsonl data/train-00001-of-00002.jsonl")]
    [InlineData("data/train_sft-00000-of-00001.jsonl data/train_gen-00000-of-00001.jsonl", "train_sft", "data/train_sft-00000-of-00001.jsonl")]
    [InlineData("main/train-00000-of-00001.jsonl main/test-00000-of-00001.jsonl trainer.jsonl", "test", "main/test-00000-of-00001.jsonl")]
    [InlineData("train.jsonl README.json.md .hidden/train.jsonl dataset_infos.json", null, "train.jsonl")]
    [InlineData("a.jsonl b/c.jsonl", null, "a.jsonl b/c.jsonl")]
    public void A_split_of_a_folder_is_found_by_the_names(string files, string? split, string expected)
    {
        foreach (string name in files.Split(' '))
        {
            Write(name, name);
        }

        Assert.Equal(string.Join('\n', expected.Split(' ').Select(name => $"n={name}")), Read([_folder.Path], split));
    }

    [Theory]
    [InlineData("train.jsonl test.jsonl", null, "has the splits test, train. Choose one")]
    [InlineData("train.jsonl other.jsonl", null, "has the splits train, and other files. Choose one")]
    [InlineData("train.jsonl test.jsonl", "validation", "has no split 'validation'; it has test, train.")]
    [InlineData("a.jsonl", "train", "has no split 'train'; it has no splits.")]
    [InlineData("main/train.jsonl socratic/train.jsonl", "train", "holds several data sets, in main, socratic. Name one of these folders.")]
    public void A_folder_whose_rows_are_not_clear_is_refused(string files, string? split, string message)
    {
        foreach (string name in files.Split(' '))
        {
            Write(name, name);
        }

        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => Read([_folder.Path], split)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_there_is_named()
    {
        Directory.CreateDirectory(At("empty"));

        Assert.Contains(At("none"), Assert.Throws<FileNotFoundException>(() => Read([At("none")])).Message, StringComparison.Ordinal);
        Assert.Contains("has no files of rows", Assert.Throws<FileNotFoundException>(() => Read([At("empty")])).Message, StringComparison.Ordinal);
        Write("a.jsonl", "a");
        Assert.Contains("is not one", Assert.Throws<ArgumentException>(() => Read([At("a.jsonl")], "train")).Message, StringComparison.Ordinal);
    }

    private string At(string name) => Path.Combine(_folder.Path, name);

    private void Write(string name, string value)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        _folder.Write(name, $"{{\"n\": \"{value}\"}}\n");
    }

    private static string Read(string[] paths, string? split = null) => RowTexts.Of(new MLContext().Data.LoadAsftData(paths, split));
}
