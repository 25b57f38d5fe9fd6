using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Templates;
using Microsoft.ML.Asft.Templates.Jinja;
using Microsoft.ML.Asft.Tests.Support;
using static Microsoft.ML.Asft.Tests.Templates.ChatFolder;

namespace Microsoft.ML.Asft.Tests.Templates;

public sealed class ChatTemplateTests : IDisposable
{
    private const string Turns =
        "{% for m in messages %}[{{ m.role }}]{{ m.content }}</e>\n{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_assistants_turns_are_found_by_rendering_what_comes_before_them()
    {
        Assert.Equal(
            "[user]a</e>\n[assistant]«b</e>»\n[user]c</e>\n[assistant]«d</e>»\n",
            Auto(Turns).Marked(User("a"), Assistant("b"), User("c"), Assistant("d")));
    }

    [Fact]
    public void An_answer_that_repeats_the_question_or_is_empty_is_found_all_the_same()
    {
        Assert.Equal(
            "[user]a</e>\n[assistant]«a</e>»\n[assistant]«</e>»\n",
            Auto(Turns).Marked(User("a"), Assistant("a"), Assistant("")));
    }

    [Fact]
    public void Generation_tags_say_what_is_trained_where_the_template_has_them()
    {
        PromptTemplate template = Auto(
            "{% for m in messages %}[{{ m.role }}]{% if m.role == 'assistant' %}{% generation %}{{ m.content }}</e>\n{% endgeneration %}"
            + "{% else %}{{ m.content }}\n{% endif %}{% endfor %}");

        Assert.Equal("[user]a\n[assistant]«b</e>\n»[user]c\n", template.Marked(User("a"), Assistant("b"), User("c")));
    }

    [Fact]
    public void A_template_that_invites_with_an_empty_thought_trains_on_the_thought_that_was_had()
    {
        PromptTemplate template = Auto(
            "{% for m in messages %}[{{ m.role }}]"
            + "{% if m.role == 'assistant' %}<think>\n{{ m.reasoning_content }}\n</think>{% endif %}{{ m.content }}</e>{% endfor %}"
            + "{% if add_generation_prompt %}[assistant]<think>\n\n</think>{% endif %}");
        var fields = new JsonObject { ["reasoning_content"] = "hm" };

        Assert.Equal(
            "[user]a</e>[assistant]<think>\n«hm\n</think>b</e>»",
            template.Marked(User("a"), Assistant("b") with { Fields = fields }));
        Assert.Equal("[user]a</e>[assistant]<think>\n\n</think>«b</e>»", template.Marked(User("a"), Assistant("b")));
    }

    [Fact]
    public void A_template_that_forgets_earlier_thoughts_trains_on_each_turn_as_it_stands()
    {
        PromptTemplate template = Auto(
            "{% for m in messages %}[{{ m.role }}]"
            + "{% if m.role == 'assistant' and loop.last %}<think></think>{% endif %}{{ m.content }}</e>{% endfor %}"
            + "{% if add_generation_prompt %}[assistant]{% endif %}");

        Assert.Equal(
            "[user]a</e>[assistant]«b</e>»[user]c</e>[assistant]«<think></think>d</e>»",
            template.Marked(User("a"), Assistant("b"), User("c"), Assistant("d")));
    }

    [Fact]
    public void An_answer_that_happens_to_begin_as_the_invitation_goes_on_is_trained_on_whole()
    {
        PromptTemplate template = Auto(
            "{% for m in messages %}[{{ m.role }}]{{ m.content }}</e>{% endfor %}"
            + "{% if add_generation_prompt %}[assistant]Here is why: {% endif %}");

        Assert.Equal("[user]a</e>[assistant]«Hello</e>»", template.Marked(User("a"), Assistant("Hello")));
        Assert.Equal("[user]a</e>[assistant]Here is why: «b</e>»", template.Marked(User("a"), Assistant("Here is why: b")));
    }

    [Fact]
    public void A_template_that_puts_the_system_message_into_the_last_question_trains_on_every_answer()
    {
        PromptTemplate template = Auto(
            "{% set system = messages[0].content %}{% for m in messages[1:] %}{% if m.role == 'user' %}[INST]"
            + "{% if loop.last or (loop.index == loop.length - 1 and loop.nextitem.role == 'assistant') %}{{ system }}: {% endif %}"
            + "{{ m.content }}[/INST]{% else %} {{ m.content | trim }}</s>{% endif %}{% endfor %}");

        Assert.Equal(
            "[INST]a[/INST]« b</s>»[INST]s: c[/INST]« d</s>»",
            template.Marked(new("system", "s"), User("a"), Assistant("b"), User("c"), Assistant("d")));
        Assert.Equal(
            "[INST]a[/INST]« b</s>»[INST]s: c[/INST]",
            template.Marked(new("system", "s"), User("a"), Assistant(" b"), User("c")));
    }

    [Fact]
    public void A_template_that_ends_the_last_turn_otherwise_trains_on_each_end_as_it_stands()
    {
        PromptTemplate template = Auto(
            "{% for m in messages %}[{{ m.role }}]{{ m.content }}"
            + "{% if m.role == 'assistant' and loop.last %}<return>{% else %}<end>{% endif %}{% endfor %}"
            + "{% if add_generation_prompt %}[assistant]{% endif %}");

        Assert.Equal("[user]a<end>[assistant]«b<return>»", template.Marked(User("a"), Assistant("b")));
        Assert.Equal(
            "[user]a<end>[assistant]«b<end>»[user]c<end>[assistant]«d<return>»",
            template.Marked(User("a"), Assistant("b"), User("c"), Assistant("d")));
    }

    [Fact]
    public void A_template_whose_turns_cannot_be_told_apart_is_refused_and_still_completes()
    {
        PromptTemplate template = Auto("{% for m in messages %}{{ m.content[:1] }}{% endfor %}:{% for m in messages %}{{ m.content[1:] }}{% endfor %}");

        var error = Assert.Throws<InvalidDataException>(() => template.Marked(User("ax"), Assistant("by"), User("cz")));
        Assert.Contains("auto (tokenizer_config.json)", error.Message, StringComparison.Ordinal);
        Assert.Contains("message 2", error.Message, StringComparison.Ordinal);
        Assert.Equal("abc:xyz", template.RenderText([User("ax"), Assistant("by"), User("cz")], addGenerationPrompt: true));
    }

    [Theory]
    [InlineData(Turns, "</e>")]
    [InlineData("{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}", null)]
    [InlineData("{{ raise_exception('never') }}", null)]
    [InlineData("{% for m in messages %}{% generation %}{{ m.content }}</e>{% endgeneration %}\n{% endfor %}", "</e>")]
    [InlineData("{% for m in messages %}{{ m.content }}</e>{{ '<x>' if loop.last }}{% endfor %}", "</e>")]
    [InlineData("{% for m in messages %}{{ m.content }}{{ '<x>' if loop.last else '</e>' }}{% endfor %}", "<x>")]
    public void The_end_of_a_turn_is_found_in_the_template(string template, string? endOfTurn)
    {
        Assert.Equal(endOfTurn, Auto(template).EndOfTurn);
    }

    [Fact]
    public void Special_tokens_and_the_callers_variables_reach_the_template()
    {
        JsonObject tokens = JsonNode.Parse("""{"bos_token": {"content": "<s>"}, "eos_token": "</s>", "pad_token": null}""")!.AsObject();
        PromptTemplate template = Auto("{{ bos_token }}{{ eos_token }}{{ pad_token is defined }}{{ tools is none }}{{ x }}", tokens);

        Assert.Equal("<s></s>FalseTrue", template.RenderText([], addGenerationPrompt: false));
        Assert.Equal("<s></s>FalseTrue5", template.RenderText(new([]) { TemplateArguments = new JsonObject { ["x"] = 5 } }, addGenerationPrompt: false));
    }

    [Fact]
    public void Tokens_that_the_configuration_lacks_come_from_the_special_tokens_map()
    {
        _folder.Write("tokenizer_config.json", """{"chat_template": "{{ bos_token }}{{ eos_token }}", "bos_token": "<s>"}""");
        _folder.Write("special_tokens_map.json", """{"bos_token": "<b>", "eos_token": {"content": "</s>"}}""");

        Assert.Equal("<s></s>", PromptTemplate.Create("auto", _folder.Path).RenderText([], false));
    }

    [Fact]
    public void A_template_file_goes_before_the_configuration()
    {
        _folder.Write("tokenizer_config.json", """{"chat_template": "old"}""");
        _folder.Write("chat_template.jinja", "new");
        PromptTemplate template = PromptTemplate.Create("auto", _folder.Path);

        Assert.Equal("new", template.RenderText([], false));
        Assert.Equal("auto (chat_template.jinja)", template.Name);
    }

    [Fact]
    public void Of_several_named_templates_the_default_one_is_used_and_tool_use_with_tools()
    {
        _folder.Write("tokenizer_config.json", """
            {"chat_template": [{"name": "rag", "template": "r"}, {"name": "default", "template": "d"}, {"name": "tool_use", "template": "t{{ tools | length }}"}]}
            """);
        PromptTemplate template = PromptTemplate.Create("auto", _folder.Path);

        Assert.Equal("d", template.RenderText([User("a")], false));
        Assert.Equal("t1", template.RenderText(new Conversation([User("a")]) { Tools = new JsonArray("f") }, false));
        Assert.Equal("r", PromptTemplate.Create("auto:rag", _folder.Path).RenderText([User("a")], false));
        Assert.Equal("auto:rag (tokenizer_config.json)", PromptTemplate.Create("auto:rag", _folder.Path).Name);
    }

    [Fact]
    public void A_folder_of_further_templates_gives_theirs_names()
    {
        _folder.Write("chat_template.jinja", "d");
        Directory.CreateDirectory(Path.Combine(_folder.Path, "additional_chat_templates"));
        _folder.Write("additional_chat_templates/tool_use.jinja", "t{{ tools | length }}");

        Assert.Equal("d", PromptTemplate.Create("auto", _folder.Path).RenderText([User("a")], false));
        Assert.Equal("t2", PromptTemplate.Create("auto", _folder.Path).RenderText(
            new Conversation([User("a")]) { Tools = new JsonArray("f", "g") }, false));
    }

    [Theory]
    [InlineData("auto", "'default' (it has rag)")]
    [InlineData("auto:tools", "'tools' (it has rag)")]
    public void A_name_that_is_missing_is_refused_with_those_there_are(string name, string message)
    {
        _folder.Write("tokenizer_config.json", """{"chat_template": [{"name": "rag", "template": "r"}]}""");

        var error = Assert.Throws<InvalidDataException>(() => PromptTemplate.Create(name, _folder.Path));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "alpaca")]
    [InlineData("""{"added_tokens_decoder": {"0": {"content": "<|im_start|>"}, "1": {"content": "<|im_end|>"}}}""", "chatml")]
    [InlineData("""{"added_tokens_decoder": {"0": {"content": "<|endoftext|>"}}}""", "alpaca")]
    public void Without_a_chat_template_the_tokenizer_decides(string config, string name)
    {
        _folder.Write("tokenizer_config.json", config);

        Assert.Equal(name, PromptTemplate.Create("auto", _folder.Path).Name);
    }

    [Fact]
    public void Without_a_folder_or_a_configuration_auto_is_alpaca()
    {
        Assert.Equal("alpaca", PromptTemplate.Create("auto").Name);
        Assert.Equal("alpaca", PromptTemplate.Create("auto", _folder.Path).Name);
    }

    [Theory]
    [InlineData("{", "is not valid JSON")]
    [InlineData("""{"chat_template": 5}""", "'chat_template' should be a string")]
    [InlineData("""{"chat_template": "a\n{% if %}"}""", ", chat_template, line 2: ")]
    [InlineData("""{"bos_token": [1]}""", "'bos_token' should be a string")]
    public void A_malformed_configuration_is_refused_by_name(string config, string message)
    {
        string file = _folder.Write("tokenizer_config.json", config);

        var error = Assert.Throws<InvalidDataException>(() => PromptTemplate.Create("auto", _folder.Path));
        Assert.StartsWith(file, error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_time_comes_from_the_clock_it_is_given()
    {
        var template = new ChatTemplate("x", JinjaTemplate.Parse("{{ strftime_now('%d %B %Y') }}", "x"), [], new Noon());

        Assert.Equal("26 July 2024", template.RenderText([], false));
    }

    private sealed class Noon : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(2024, 7, 26, 12, 0, 0, TimeSpan.Zero);
    }
}
