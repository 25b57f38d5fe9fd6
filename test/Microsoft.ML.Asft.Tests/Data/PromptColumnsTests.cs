using Microsoft.ML.Asft.Data;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Templates;
using Microsoft.ML.Asft.Tests.Support;

namespace Microsoft.ML.Asft.Tests.Data;

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
        var options = new AsftOptions { Data = { PromptColumnName = "q", ResponseColumnName = "r", InputColumnName = null, SystemColumnName = "s" } };

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
    [InlineData("""{"messages": ""}""", "column 'messages': the row has none")]
    [InlineData("""{"messages": [{"role": "user", "content": "a"}]}""", "column 'messages': no message of the assistant has anything")]
    [InlineData("""{"messages": [{"role": "user"}, {"content": "b"}]}""", "column 'messages': message 2 has no role")]
    public void What_is_wrong_with_a_row_names_its_column(string row, string message)
    {
        var error = Assert.Throws<InvalidDataException>(() => Read(row));

        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"prompt": "a", "completion": "b"}""")]
    [InlineData("""{"instruction": "a", "output": "b"}""")]
    [InlineData("""{"instruction": "a", "completion": "b", "prompt": ""}""")]
    [InlineData("""{"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]}""")]
    [InlineData("""{"messages": [{"from": "user", "value": "a"}, {"from": "assistant", "value": "b"}]}""")]
    [InlineData("""{"conversations": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}""")]
    [InlineData("""{"prompt": [{"role": "user", "content": "a"}], "completion": [{"role": "assistant", "content": "b"}]}""")]
    public void The_usual_names_of_columns_are_found(string row) => Assert.Equal("user:a|assistant:b", Read(row));

    [Fact]
    public void A_prompt_and_a_completion_that_are_lists_are_one_conversation_of_which_the_completion_is_learnt()
    {
        const string Row = """
            {"prompt": [{"role": "system", "content": "s"}, {"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}],
            "completion": [{"role": "assistant", "content": "d"}, {"role": "user", "content": "e"}, {"role": "assistant", "content": "f"}]}
            """;

        Assert.Equal("system:s|user:a|assistant:b-|user:c|assistant:d|user:e|assistant:f", Read(Row.ReplaceLineEndings(" ")));
        Assert.Equal("system:s|user:a|assistant:b-|user:c", Read(Row.ReplaceLineEndings(" "), withResponse: false));
    }

    [Fact]
    public void Text_that_looks_like_JSON_stays_text()
    {
        const string Quoted = """[{\"role\": \"user\", \"content\": \"x\"}]""";

        Assert.Equal(
            """user:[{"role": "user", "content": "x"}]|assistant:[1]""", Read($$"""{"instruction": "{{Quoted}}", "response": "[1]"}"""));
        Assert.Equal("user:5|assistant:true", Read("""{"instruction": 5, "response": true}"""));
    }

    [Theory]
    [InlineData("weight", "0", "1")]
    [InlineData("train", "false", "true")]
    [InlineData("training", "false", "null")]
    [InlineData("weight", "0.0", "1.0")]
    public void A_turn_says_whether_it_is_learnt(string name, string no, string yes)
    {
        string row = $$"""
            {"messages": [{"role": "user", "content": "a", "{{name}}": {{no}}}, {"role": "assistant", "content": "b", "{{name}}": {{no}}},
            {"role": "user", "content": "c", "{{name}}": null}, {"role": "assistant", "content": "d", "{{name}}": {{yes}}}]}
            """.ReplaceLineEndings(" ");

        Assert.Equal("user:a|assistant:b-|user:c|assistant:d", Read(row));
    }

    [Theory]
    [InlineData("""{"role": "assistant", "content": "b", "weight": 0.5}""", "the 'weight' of message 2 is 0.5")]
    [InlineData("""{"role": "assistant", "content": "b", "train": "yes"}""", "the 'train' of message 2 is \"yes\"")]
    [InlineData("""{"role": "assistant", "content": "b", "weight": 1, "train": false}""", "message 2 says both to learn it and not to")]
    [InlineData("""{"role": "user", "content": "b", "weight": 1}""", "the 'weight' of message 2 says to learn a turn of the role 'user'")]
    [InlineData("""{"role": "assistant", "content": "b", "train_detail": [{"begin_offset": 0}]}""", "message 2 has 'train_detail'")]
    [InlineData("""{"role": "assistant", "content": "b", "weight": 0}""", "no message of the assistant has anything to learn")]
    [InlineData("""{"from": "narrator", "value": "b"}""", "message 2 is from 'narrator', which is not a known role")]
    [InlineData("""{"from": "function_call", "value": "tide 4"}""", "message 2 is a function_call whose value is not")]
    [InlineData("""{"role": "assistant", "content": [{"type": "image_url"}]}""", "message 2 has a part of type 'image_url'")]
    public void What_a_message_says_and_cannot_be_honoured_is_refused_by_name(string message, string what)
    {
        var error = Assert.Throws<InvalidDataException>(() => Read($$"""{"messages": [{"role": "user", "content": "a"}, {{message}}]}"""));

        Assert.Contains(what, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"prompt": [{"role": "user", "content": "a"}], "completion": "b"}""", "column 'completion': column 'prompt' is a list of messages")]
    [InlineData("""{"prompt": "a", "completion": [{"role": "assistant", "content": "b"}]}""", "column 'completion': column 'prompt' is text")]
    [InlineData("""{"prompt": ["a"], "completion": ["b"]}""", "column 'prompt': message 1 is not an object")]
    [InlineData("""{"prompt": {"a": 1}, "completion": "b"}""", "column 'prompt': it is an object")]
    [InlineData("""{"instruction": "a", "response": "b", "tools": {"a": 1}}""", "column 'tools': it is not a list of tools")]
    [InlineData("""{"instruction": "a", "response": "b", "tools": "[{"}""", "column 'tools': it is not a list of tools")]
    [InlineData("""{"instruction": "a", "response": "b", "chat_template_kwargs": [1]}""", "column 'chat_template_kwargs': it is not an object")]
    [InlineData("""{"instruction": "a", "response": "b", "images": ["x.png"]}""", "column 'images': these models take only text")]
    [InlineData("""{"instruction": "a", "response": "b", "functions": [{"name": "f"}]}""", "column 'functions': it is OpenAI's older form of tools")]
    public void What_a_row_says_and_cannot_be_honoured_is_refused_by_name(string row, string what)
    {
        var error = Assert.Throws<InvalidDataException>(() => Read(row));

        Assert.StartsWith(what, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tools_and_arguments_of_a_row_go_with_its_conversation()
    {
        Conversation conversation = ReadOne(
            """{"instruction": "a", "response": "b", "tools": [{"name": "f"}], "chat_template_kwargs": {"enable_thinking": false}, "documents": [{"text": "t"}]}""");

        Assert.Equal("""[{"name":"f"}]""", conversation.Tools!.ToJsonString());
        Assert.Equal("""{"enable_thinking":false,"documents":[{"text":"t"}]}""", conversation.TemplateArguments!.ToJsonString());
        Assert.Equal("""[{"name":"f"}]""", ReadOne("""{"instruction": "a", "response": "b", "tools": "[{\"name\": \"f\"}]"}""").Tools!.ToJsonString());
        foreach (string none in (string[])["null", "[]", "\"\"", "\"[]\""])
        {
            Conversation without = ReadOne($$"""{"instruction": "a", "response": "b", "tools": {{none}}, "images": {{none}}, "chat_template_kwargs": null}""");
            Assert.Null(without.Tools);
            Assert.Null(without.TemplateArguments);
        }
    }

    [Fact]
    public void A_call_in_ShareGpt_is_an_assistants_tool_call()
    {
        Conversation conversation = ReadOne("""
            {"conversations": [{"from": "human", "value": "Tide?"}, {"from": "function_call", "value": "{\"name\": \"tide\", \"arguments\": {\"quay\": 4}}"},
            {"from": "observation", "value": "2.1"}, {"from": "gpt", "value": "2.1 m"}]}
            """.ReplaceLineEndings(" "));

        Assert.Equal(["user", "assistant", "tool", "assistant"], conversation.Select(message => message.Role));
        Assert.Equal(
            """{"tool_calls":[{"type":"function","function":{"name":"tide","arguments":{"quay":4}}}]}""", conversation.Messages[1].Fields!.ToJsonString());
        Assert.Equal("", conversation.Messages[1].Content);
    }

    [Fact]
    public void Only_the_last_turn_is_learnt_where_the_options_say_so()
    {
        const string Turns = """{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}""";

        Assert.Equal(
            "user:a|assistant:b-|user:a|assistant:b|user:c",
            Read($$"""{"messages": [{{Turns}}, {{Turns}}, {"role": "user", "content": "c"}]}""", new AsftOptions { Data = { TrainedTurns = TrainedTurns.Last } }));
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
        var options = new AsftOptions { Data = { PromptColumnName = nameof(Numbered.Instruction), InputColumnName = nameof(Numbered.Input) } };

        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new PromptColumns(data.Schema, options, withResponse: false));
        Assert.Contains("Column 'Input' is Single", error.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(DataOptions.InputColumnName), error.Message, StringComparison.Ordinal);
    }

    private sealed class Numbered
    {
        public string? Instruction { get; set; }

        public float Input { get; set; }
    }

    private string Read(string row, AsftOptions? options = null, bool withResponse = true) =>
        Assert.Single(ReadAll(row, options, withResponse));

    private Conversation ReadOne(string row)
    {
        IDataView data = new MLContext().Data.LoadAsftData(_folder.Write("rows.jsonl", row));
        var columns = new PromptColumns(data.Schema, new AsftOptions(), withResponse: true);
        using DataViewRowCursor cursor = data.GetRowCursor(columns.All);
        Assert.True(cursor.MoveNext());
        return columns.ReaderOf(cursor).Read();
    }

    private string[] ReadAll(string rows, AsftOptions? options = null, bool withResponse = true)
    {
        IDataView data = new MLContext().Data.LoadAsftData(_folder.Write("rows.jsonl", rows));
        var columns = new PromptColumns(data.Schema, options ?? new AsftOptions(), withResponse);
        using DataViewRowCursor cursor = data.GetRowCursor(columns.All);
        Func<Conversation> read = columns.ReaderOf(cursor).Read;
        var conversations = new List<string>();
        while (cursor.MoveNext())
        {
            conversations.Add(string.Join('|', read().Select(message =>
                $"{message.Role}:{message.Content}{(message.Input is null ? "" : "+" + message.Input)}{(message.Learn ? "" : "-")}")));
        }
        return [.. conversations];
    }
}
