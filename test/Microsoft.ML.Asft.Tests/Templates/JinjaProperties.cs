using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML.Asft.Templates.Jinja;

namespace Microsoft.ML.Asft.Tests.Templates;

/// <summary>Templates that were working until something was done to them.</summary>
public class JinjaProperties
{
    private static readonly string[] Working =
    [
        """
        {%- set ns = namespace(last=messages|length - 1, found=false) %}
        {%- for m in messages[::-1] %}
            {%- set i = (messages|length - 1) - loop.index0 %}
            {%- if not ns.found and m.role == "user" and not(m.content.startswith('<t>') and m.content is string) %}
                {%- set ns.found = true %}{% set ns.last = i %}
            {%- endif %}
        {%- endfor %}
        {% for m in messages if m.role != 'system' %}
          {{ loop.index ~ ': ' + m['content'].split('</think>')[-1].lstrip('\n') | trim | upper }}{# c #}
          {%- generation %}{{ m | tojson(indent=2) }}{% endgeneration %}
        {% else %}none{% endfor %}
        """,
        """
        {% macro show(x, sep=', ') -%}
          {{ x | map(attribute='role') | select('in', ['user', "assistant"]) | join(sep) }}
        {%- endmacro %}{{ show(messages) }}{{ show(messages, sep='-') }}
        {% set block %} a {{ messages[0].content[1:3] }} {% endset %}[{{ block }}]
        {% raw %}{{ x }}{% endraw %}{% filter upper %}abc{% endfilter %}
        {{ {'a': [1, 2.5, none, true], 'b': (1,)} }}{{ messages[-1].get('x', 'y').replace('y', 'z') }}
        {% for k, v in {'a': 1}.items() %}{{ k }}={{ v * 3 // 2 % 5 - 1 }}{% if loop.last %}{% break %}{% endif %}{% endfor %}
        """,
    ];

    private static readonly string[] Pieces =
    [
        "{{", "}}", "{%", "%}", "{#", "#}", "{%-", "-%}", "'", "\"", "\\", "(", ")", "[", "]", "{", "}", "|", "~", ".", ",", ":", "::", "=",
        "==", " if ", " else ", " for ", " in ", " not ", " is ", " and ", "endfor", "endif", "set ", "macro ", "loop", "loop.index0",
        "messages", "ns", "namespace(", "range(", "1", "-1", "99999999999999999999", "1e999", "0.5", "none", "true", "|length", "|list",
        "|sort", "|tojson", "|join", "|map", "|items", "|first", ".items()", ".split()", ".x", "[0]", "[::-1]", " * ", " / 0", "\n", "\r\n",
        "\0", "\u2028", "😀", "\ud800", " ",
    ];

    private static readonly JinjaDictionary Variables = new()
    {
        ["messages"] = new List<object?>
        {
            new JinjaDictionary { ["role"] = new JinjaString("system"), ["content"] = new JinjaString("Be brief.") },
            new JinjaDictionary { ["role"] = new JinjaString("user"), ["content"] = new JinjaString("Hé 😀!") },
            new JinjaDictionary { ["role"] = new JinjaString("assistant"), ["content"] = new JinjaString("<think>\na\n</think>\n\nb") },
        },
    };

    private static readonly Arbitrary<(int Template, (int Kind, int Place, string Piece)[] Changes)> Mangled = Arb.From(
        from template in Gen.Choose(0, Working.Length - 1)
        from count in Gen.Choose(0, 6)
        from changes in (from kind in Gen.Choose(0, 3)
                         from place in Gen.Choose(0, 1_000_000)
                         from piece in Gen.Elements(Pieces)
                         select (kind, place, piece)).ArrayOf(count)
        select (template, changes),
        mangled => mangled.Item2.Select((_, gone) => (mangled.Item1, mangled.Item2.Where((_, i) => i != gone).ToArray())));

    [Fact]
    public void A_mangled_template_gives_a_rendering_or_an_error_that_names_the_file()
    {
        Prop.ForAll(Mangled, mangled =>
        {
            string template = mangled.Changes.Aggregate(Working[mangled.Template], Change);

            Exception? error = Record.Exception(() => JinjaTemplate.Parse(template, "chat.jinja").Render(Variables, default));

            Assert.True(error is null or InvalidDataException or NotSupportedException, $"{template}\n{error}");
            Assert.True(mangled.Changes.Length > 0 || error is null, $"{template}\n{error}");
            Assert.True(error is null || error.Message.StartsWith("chat.jinja, line ", StringComparison.Ordinal), error?.Message);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
    }

    private static string Change(string text, (int Kind, int Place, string Piece) change)
    {
        int at = text.Length == 0 ? 0 : change.Place % text.Length;
        int end = Math.Min(text.Length, at + 1 + (change.Place % 7));
        return change.Kind switch
        {
            0 => text[..at] + text[end..],
            1 => text[..at] + change.Piece + text[at..],
            2 => text[..at] + change.Piece + text[end..],
            _ => new StringBuilder(text).Insert(text.Length - at, text[at..end]).ToString(),
        };
    }
}
