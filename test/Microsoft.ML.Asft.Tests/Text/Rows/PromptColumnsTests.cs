using Microsoft.ML.Asft.Tests.Support;
using Microsoft.ML.Asft.Text;

namespace Microsoft.ML.Asft.Tests.Text;

public sealed class PromptColumnsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Prompt_and_response_make_a_conversation_with_what_goes_with_them()
    {
        Assert.Equal(
            "system:s|user:a+i|assistant:b",
            Read("""{"instruction": "a", "input": "i", "system": "s", "response": "b", "other": 1}"""));
        Assert.Equal("user:a|assistant:b", Read("""{"instruction": "a", "input": "", "system": "", "response": "b"}"""));
        Assert.Equal("user:|assistant:b", Read("""{"instruction": "", "response": "b"}"""));
    }

    [Fact]
    public void Other_names_can_be_given()
    {
        var options = new AsftOptions { PromptColumnName = "q", ResponseColumnName = "r", InputColumnName = null, SystemColumnName = "s" };

        Assert.Equal("system:x|user:a|assistant:b", Read("""{"q": "a", "r": "b", "input": "i", "s": "x"}""", options));
    }

    [Fact]
    public void To_complete_a_prompt_no_response_is_read()
    {
        Assert.Equal("user:a", Read("""{"instruction": "a", "response": ""}""", withResponse: false));
        Assert.Equal(
            "user:a",
            Read("""{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}""", withResponse: false));
    }

    [Fact]
    public void Messages_are_whole_conversations()
    {
        const string Turns = """{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}""";

        Assert.Equal(
            "system:s|user:a|assistant:b|user:a|assistant:b",
            Read($$"""{"system": "s", "messages": [{{Turns}}, {{Turns}}]}"""));
        Assert.Equal(
            "system:own|user:a|assistant:b",
            Read($$"""{"system": "s", "messages": [{"role": "system", "content": "own"}, {{Turns}}]}"""));
    }

    [Fact]
    public void A_row_without_messages_is_read_from_its_prompt()
    {
        string[] rows = ReadAll("""
            {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}
            {"instruction": "c", "response": "d"}
            """);

        Assert.Equal(["user:a|assistant:b", "user:c|assistant:d"], rows);
    }

    [Theory]
    [InlineData("""{"instruction": "a", "response": ""}""", "column 'response': the response is empty")]
    [InlineData("""{"instruction": "a", "response": " \n"}""", "column 'response': the response is empty")]
    [InlineData("""{"instruction": "a", "response": null}""", "column 'response': the response is empty")]
    [InlineData("""{"messages": "x"}""", "column 'messages': it is not a list of messages")]
    [InlineData("""{"messages": []}""", "column 'messages': no message of the assistant has anything to learn")]
    [InlineData("""{"messages": ""}""", "column 'messages': it is not a list of messages")]
    [InlineData("""{"messages": [{"role": "user", "content": "a"}]}""", "column 'messages': no message of the assistant has anything")]
    [InlineData("""{"messages": [{"role": "user"}, {"content": "b"}]}""", "column 'messages': message 2 has no role")]
    public void What_is_wrong_with_a_row_names_its_column(string row, string message)
    {
        var error = Assert.Throws<InvalidDataException>(() => Read(row));

        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Messages_with_nothing_before_the_answer_cannot_be_completed()
    {
        var error = Assert.Throws<InvalidDataException>(
            () => Read("""{"messages": [{"role": "assistant", "content": "b"}]}""", withResponse: false));

        Assert.StartsWith("column 'messages': ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_column_that_is_not_text_is_refused_by_name()
    {
        IDataView data = new MLContext().Data.LoadFromEnumerable([new Numbered { Instruction = "a", Input = 5 }]);
        var options = new AsftOptions { PromptColumnName = nameof(Numbered.Instruction), InputColumnName = nameof(Numbered.Input) };

        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new PromptColumns(data.Schema, options, withResponse: false));
        Assert.Contains("Column 'Input' is Single", error.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(AsftOptions.InputColumnName), error.Message, StringComparison.Ordinal);
    }

    private sealed class Numbered
    {
        public string? Instruction { get; set; }

        public float Input { get; set; }
    }

    private string Read(string row, AsftOptions? options = null, bool withResponse = true) =>
        Assert.Single(ReadAll(row, options, withResponse));

    private string[] ReadAll(string rows, AsftOptions? options = null, bool withResponse = true)
    {
        IDataView data = new MLContext().Data.LoadFromJsonLines(_folder.Write("rows.jsonl", rows));
        var columns = new PromptColumns(data.Schema, options ?? new AsftOptions(), withResponse);
        using DataViewRowCursor cursor = data.GetRowCursor(columns.All);
        Func<Conversation> read = columns.ReaderOf(cursor);
        var conversations = new List<string>();
        while (cursor.MoveNext())
        {
            conversations.Add(string.Join('|', read().Select(message =>
                $"{message.Role}:{message.Content}{(message.Input is null ? "" : "+" + message.Input)}")));
        }
        return [.. conversations];
    }
}
