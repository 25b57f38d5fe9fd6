using Microsoft.ML.Asft.Templates.Jinja;

namespace Microsoft.ML.Asft.Templates;

/// <summary>The built-in chat formats, written as chat templates; special tokens are the families' own.</summary>
internal static class ChatFormats
{
    public const string ChatMarkup = "chatml";

    private const string ChatMarkupTurns = """
        {%- for message in messages %}
            {{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n' }}
        {%- endfor %}
        {%- if add_generation_prompt %}
            {{- '<|im_start|>assistant\n' }}
        {%- endif %}
        """;

    private const string AlternatingRoles = """
        {%- set first = messages[0].content if messages and messages[0].role == 'system' %}
        {%- set turns = messages[1:] if first is defined else messages %}
        {%- for message in turns %}
            {%- if message.role != ('user' if loop.index0 % 2 == 0 else 'assistant') %}
                {{- raise_exception('after a system message, user and assistant must take turns') }}
            {%- endif %}
        {%- endfor %}
        """;

    private static readonly Dictionary<string, string> Sources = new(StringComparer.Ordinal)
    {
        [ChatMarkup] = ChatMarkupTurns,

        ["qwen"] = """
            {%- if not messages or messages[0].role != 'system' %}
                {{- '<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n' }}
            {%- endif %}
            """ + ChatMarkupTurns,

        ["llama2"] = AlternatingRoles + """
            {%- for message in turns %}
                {%- if message.role == 'user' %}
                    {%- set system = '<<SYS>>\n' + first + '\n<</SYS>>\n\n' if loop.first and first is defined else '' %}
                    {{- '<s>[INST] ' + (system + message.content) | trim + ' [/INST]' }}
                {%- else %}
                    {{- ' ' + message.content | trim + ' </s>' }}
                {%- endif %}
            {%- endfor %}
            """,

        ["llama3"] = """
            {{- '<|begin_of_text|>' }}
            {%- for message in messages %}
                {{- '<|start_header_id|>' + message.role + '<|end_header_id|>\n\n' + message.content | trim + '<|eot_id|>' }}
            {%- endfor %}
            {%- if add_generation_prompt %}
                {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}
            {%- endif %}
            """,

        ["mistral"] = AlternatingRoles + """
            {{- '<s>' }}
            {%- for message in turns %}
                {%- if message.role == 'user' %}
                    {%- set system = first + '\n\n' if loop.first and first is defined else '' %}
                    {{- '[INST] ' + system + message.content + ' [/INST]' }}
                {%- else %}
                    {{- ' ' + message.content + '</s>' }}
                {%- endif %}
            {%- endfor %}
            """,

        ["zephyr"] = """
            {%- for message in messages if message.role in ['system', 'user', 'assistant'] %}
                {{- '<|' + message.role + '|>\n' + message.content + '</s>\n' }}
            {%- endfor %}
            {%- if add_generation_prompt %}
                {{- '<|assistant|>\n' }}
            {%- endif %}
            """,
    };

    public static IReadOnlyList<string> Names { get; } = [.. Sources.Keys];

    public static ChatTemplate Create(string name) => new(name, JinjaTemplate.Parse(Sources[name], $"the template '{name}'"), []);
}
