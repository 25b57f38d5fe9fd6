
using System.Text.RegularExpressions;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Templates;
using Microsoft.ML.Asft.Tests.Support;
using Microsoft.ML.Asft.Tests.Templates;
using Microsoft.ML.Asft.Tokenization;

namespace Microsoft.ML.Asft.Tests.Data;

/// <summary>What a row says is in what training sees, or the row is refused, or a warning tells it.</summary>
public sealed class RowMeaningTests : IDisposable
{
    private const string Turns = """
        {%- if tools %}[tools]{{ tools | tojson }}<|end|>{% endif %}
        {%- for m in messages %}[{{ m.role }}]
        {%- if m.role == 'assistant' and m.reasoning_content %}<think>{{ m.reasoning_content }}</think>{% endif %}{{ m.content }}
        {%- for call in m.tool_calls or [] %}<call>{{ call.function.name }}</call>{% endfor %}<|end|>{% endfor %}
        {%- if add_generation_prompt %}[assistant]{% if enable_thinking is defined and not enable_thinking %}<think></think>{% endif %}{% endif %}
        """;

    private readonly TinyModel _model = new();
    private readonly List<string> _warnings = [];

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData("""{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "tools": [{"name": "tide"}]}""", """[tools][{"name": "tide"}]""")]
    [InlineData("""{"instruction": "a", "response": "b", "tools": [{"name": "tide"}]}""", """[tools][{"name": "tide"}]""")]
    [InlineData("""{"instruction": "a", "response": "b", "tools": "[{\"name\": \"tide\"}]"}""", """[tools][{"name": "tide"}]""")]
    [InlineData("""{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "reasoning_content": "hm"}]}""", "<think>hm</think>b")]
    [InlineData("""{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "tool_calls": [{"function": {"name": "tide"}}]}]}""", "<call>tide</call>")]
    [InlineData("""{"instruction": "a", "response": "b", "chat_template_kwargs": {"enable_thinking": false}}""", "b<|end|>")]
    public void What_the_template_writes_is_there(string row, string expected) =>
        Assert.Contains(expected, Assert.Single(Seen(row, ChatFolder.Auto(Turns))), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"instruction": "a", "response": "b", "tools": [{"name": "tide"}]}""", "the row has 'tools'")]
    [InlineData("""{"instruction": "a", "response": "b", "documents": [{"text": "t"}]}""", "the row has 'documents'")]
    [InlineData("""{"instruction": "a", "response": "b", "chat_template_kwargs": {"enable_thinking": false}}""", "the row has 'enable_thinking'")]
    [InlineData("""{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "tool_calls": [{"function": {"name": "tide"}}]}]}""", "message 2 has 'tool_calls'")]
    [InlineData("""{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "reasoning_content": "hm"}]}""", "message 2 has 'reasoning_content'")]
    [InlineData("""{"conversations": [{"from": "human", "value": "a"}, {"from": "function_call", "value": "{\"name\": \"f\"}"}]}""", "message 2 has 'tool_calls'")]
    public void What_the_template_does_not_write_is_refused_with_file_line_and_field(string row, string expected)
    {
        foreach (string template in (string[])["alpaca", "plain", "chatml"])
        {
            var error = Assert.Throws<InvalidDataException>(() => Seen(row, PromptTemplate.Create(template)));
            Assert.Contains($"rows.jsonl, line 1, {expected}, which the template '{template}' does not write", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_thought_under_another_name_is_refused_with_the_name_that_the_template_reads()
    {
        const string Row = """{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "thinking": "hm"}]}""";

        var error = Assert.Throws<InvalidDataException>(() => Seen(Row, ChatFolder.Auto(Turns)));
        Assert.Contains("rename the field to 'reasoning_content'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_template_that_writes_messages_as_a_whole_writes_each_field()
    {
        const string Row = """{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "thinking": "hm"}]}""";

        Assert.Contains("\"thinking\": \"hm\"", Assert.Single(Seen(Row, ChatFolder.Auto("{% for m in messages %}{{ m | tojson }}<|end|>{% endfor %}"))), StringComparison.Ordinal);
    }

    [Fact]
    public void What_only_adds_to_a_row_is_left_out_with_a_warning_that_counts()
    {
        Seen(
            """
            {"id": 1, "source": "x", "messages": [{"role": "user", "content": "a", "name": "Ann"}, {"role": "assistant", "content": "b", "refusal": null}]}
            {"id": 2, "messages": [{"role": "user", "content": "a", "name": "Bob"}, {"role": "assistant", "content": "b"}], "instruction": "a"}
            {"id": 3, "instruction": "a", "response": "b"}
            """,
            ChatFolder.Auto(Turns));

        Assert.Contains("2 of 3 rows have messages with 'name', which the template does not write. It was left out.", _warnings);
        Assert.Contains("1 of 3 rows have 'instruction' besides the columns of their conversation. It was not read.", _warnings);
        Assert.Contains("Not read of 3 rows: 'id', 'source'.", _warnings);
        Assert.Equal(3, _warnings.Count);
    }

    [Theory]
    [InlineData("alpaca", "SEVEN<|end|>")]
    [InlineData("plain", "SEVEN<|end|>")]
    [InlineData("chatml", "SEVEN<|im_end|><|end|>")]
    [InlineData("own", "SEVEN<|end|>")]
    public void A_turn_that_is_not_to_be_learnt_has_no_labels_and_still_ends(string template, string learnt)
    {
        const string Row = """
            {"messages": [{"role": "user", "content": "3+4?"}, {"role": "assistant", "content": "EIGHT", "weight": 0}, {"role": "user", "content": "Sure?"}, {"role": "assistant", "content": "SEVEN", "weight": 1}]}
            """;
        PromptTemplate of = template == "own" ? ChatFolder.Auto(Turns) : PromptTemplate.Create(template);

        Assert.Equal(learnt, Assert.Single(Learnt(Row, of)));
        Assert.Equal(template == "chatml", !Assert.Single(Seen(Row, of)).Contains("EIGHT<|end|>", StringComparison.Ordinal));
        string withPrompt = Assert.Single(Learnt(Row, of, options => options.Data.TrainOnPrompt = true));
        Assert.Contains("3+4?", withPrompt, StringComparison.Ordinal);
        Assert.DoesNotContain("EIGHT", withPrompt, StringComparison.Ordinal);
        Assert.Equal(learnt, Assert.Single(Learnt(Row.Replace(", \"weight\": 0", "", StringComparison.Ordinal), of, options => options.Data.TrainedTurns = TrainedTurns.Last)));
    }

    [Theory]
    [InlineData("""{"role": "assistant", "content": "b", "reasoning_content": "hm"}""")]
    [InlineData("""{"role": "assistant", "content": "<think>hm</think>b"}""")]
    [InlineData("""{"role": "assistant", "content": "\n<think>\nhm\n</think>\n\nb"}""")]
    [InlineData("""{"role": "assistant", "content": "b"}""")]
    public void Thoughts_are_read_and_not_learnt_where_the_options_say_so(string message)
    {
        string row = $$"""{"messages": [{"role": "user", "content": "a"}, {{message}}]}""";

        Assert.Equal("b<|end|>", Assert.Single(Learnt(row, ChatFolder.Auto(Turns), options => options.Data.TrainOnThinking = false)));
        Assert.EndsWith("b<|end|>", Assert.Single(Learnt(row, ChatFolder.Auto(Turns))), StringComparison.Ordinal);
    }

    [Fact]
    public void A_thought_without_end_cannot_be_left_out()
    {
        const string Row = """{"instruction": "a", "response": "<think>hm"}""";

        Assert.Contains("has no </think>", Assert.Throws<InvalidDataException>(
            () => Learnt(Row, ChatFolder.Auto(Turns), options => options.Data.TrainOnThinking = false)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_of_the_validation_data_is_named_by_its_own_file()
    {
        var context = new MLContext();
        var options = new AsftOptions { ModelPath = _model.Path, MaxSteps = 1 };
        IDataView training = context.Data.LoadAsftData(Write("train.jsonl", """{"instruction": "a", "response": "b"}"""));
        options.Validation.Data = context.Data.LoadAsftData(Write("held-out.jsonl", """{"instruction": "a", "response": ""}"""));
        Assert.Contains("held-out.jsonl, line 1, column 'response'", Assert.Throws<InvalidDataException>(
            () => context.Transforms.AsftFineTune(options).Fit(training)).Message, StringComparison.Ordinal);

        options.Validation.Data = context.Data.LoadFromEnumerable([new { instruction = "a", response = "" }]);
        Assert.StartsWith("Validation row 1, column 'response'", Assert.Throws<InvalidDataException>(
            () => context.Transforms.AsftFineTune(options).Fit(training)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Examples_of_the_documentation_are_rows()
    {
        string page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", "data.md"));
        MatchCollection blocks = Regex.Matches(page, @"^```\w+ (\S+)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline);

        Assert.Equal(7, blocks.Count);
        foreach (Match block in blocks)
        {
            string file = Write(block.Groups[1].Value, block.Groups[2].Value);
            Assert.NotEmpty(Encode(file, ChatFolder.Auto(Turns), null));
        }
    }

    private string Write(string name, string content)
    {
        string file = Path.Combine(_model.Folder, name);
        File.WriteAllText(file, content);
        return file;
    }

    private string[] Seen(string rows, PromptTemplate template) => [.. Encode(Write("rows.jsonl", rows), template, null).Select(e => Text(e.InputIds))];

    private string[] Learnt(string rows, PromptTemplate template, Action<AsftOptions>? change = null) =>
        [.. Encode(Write("rows.jsonl", rows), template, change).Select(e => Text(e.Labels.Where(label => label >= 0)))];

    private EncodedExample[] Encode(string file, PromptTemplate template, Action<AsftOptions>? change)
    {
        var context = new MLContext();
        context.Log += (_, e) =>
        {
            if (e.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning)
            {
                _warnings.Add(e.RawMessage);
            }
        };
        var options = new AsftOptions { ModelPath = _model.Path, PromptTemplate = template };
        change?.Invoke(options);
        return [.. context.Data.EncodeForAsft(context.Data.LoadAsftData(file), options)];
    }

    private string Text(IEnumerable<int> ids) => HuggingFaceTokenizer.Load(_model.Path).Decode(ids)!;
}
