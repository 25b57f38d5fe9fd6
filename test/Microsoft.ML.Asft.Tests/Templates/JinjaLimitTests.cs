using Microsoft.ML.Asft.Templates.Jinja;

namespace Microsoft.ML.Asft.Tests.Templates;

/// <summary>Templates come from downloaded files: whatever one does, it ends, in bounded memory, with a rendering or an error.</summary>
public class JinjaLimitTests
{
    public static TheoryData<string> Hostile { get; } = new()
    {
        Times(4, "{% for a in range(100000) %}") + "x" + Times(4, "{% endfor %}"),
        Doubling("'ab'", "ns.x ~ ns.x"),
        Doubling("'ab'", "ns.x + ns.x"),
        Doubling("'ab'", "ns.x.replace('a', 'aa')"),
        Doubling("'ab'", "ns.x | replace('', ns.x)"),
        Doubling("'ab'", "[ns.x, ns.x] | join"),
        Doubling("[1]", "ns.x + ns.x"),
        Doubling("[1]", "[ns.x, ns.x]") + "{{ ns.x }}",
        Doubling("[1]", "[ns.x, ns.x]") + "{{ ns.x | tojson }}",
        Doubling("[1]", "[ns.x, ns.x]") + "{% set a = ns.x %}" + Doubling("[1]", "[ns.x, ns.x]") + "{{ a == ns.x }}",
        "{{ 'a' * 1000000000 }}",
        "{{ [1] * 100000000000 }}",
        "{{ 9223372036854775807 * 'ab' }}",
        "{{ 'a\nb' | indent(2000000000) }}",
        "{{ [[1]] | tojson(indent=2000000000) }}",
        "{{ 9223372036854775807 + 1 }}",
        "{{ -9223372036854775807 - 2 }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% macro f(x) %}{{ f(x ~ x) }}{{ f(x) }}{% endmacro %}{{ f('a') }}",
        "{% set ns = namespace(x=[]) %}{% for i in range(99999) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}",
        "{% set ns = namespace(x=1) %}{% set ns.y = [ns] %}{{ ns.y }}",
        "{{ " + Times(100_000, "(") + "1" + Times(100_000, ")") + " }}",
        "{{ " + Times(100_000, "[") + Times(100_000, "]") + " }}",
        "{{ " + Times(100_000, "not ") + "1 }}",
        "{{ " + Times(100_000, "-") + "1 }}",
        "{{ 1" + Times(100_000, " + 1") + " }}",
        "{{ a" + Times(100_000, "[0]") + " }}",
        "{{ 'a'" + Times(100_000, "|upper") + " }}",
        "{{ 1" + Times(50_000, " if 1 else 1") + " }}",
        Times(50_000, "{% if 1 %}") + Times(50_000, "{% endif %}"),
        "{% if 0 %}" + Times(50_000, "{% elif 0 %}") + "{% endif %}",
        Times(500_000, "{"),
        Times(300_000, "{#"),
        "{% raw %}" + Times(300_000, "{% "),
        "{% set a = 'a' * 8000000 %}{% set b = 'a' * 4000000 ~ 'b' %}"
            + "{% for i in range(1000) %}{{ b in a }}{{ a.split(b) | length }}{{ a.find(b) }}{% endfor %}",
        "{% set a = 'a' * 8000000 %}{% for i in range(1000) %}{{ a.strip(a ~ 'b') }}{{ a.lstrip(a) }}{{ a == a ~ 'b' }}{% endfor %}",
        "{% set a = 'a ' * 8000000 %}{% for i in range(1000) %}{{ a.split() | length }}{% endfor %}",
        "{% set a = range(99999) | list %}{% for i in a %}{{ a | unique | length }}{% endfor %}",
        "{% set a = range(99999) | list %}{% for i in a %}{{ -1 in a }}{{ a | sort }}{% endfor %}",
        "{% set a = range(99999) | list %}{% for i in a %}{% for j in a if j == -1 %}{% endfor %}{% endfor %}",
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_hostile_template_ends_in_bounded_memory(string template)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();

        Exception? error = Record.Exception(() => JinjaTemplate.Parse(template, "chat.jinja").Render([], default));

        Assert.True(error is null or InvalidDataException or NotSupportedException, error?.ToString());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8L << 30);
    }

    [Fact]
    public void A_template_of_more_than_a_megabyte_is_refused()
    {
        var error = Assert.Throws<InvalidDataException>(() => JinjaTemplate.Parse(new string('x', (1 << 20) + 1), "chat.jinja"));

        Assert.StartsWith("chat.jinja: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_conversation_is_well_within_the_limits()
    {
        JinjaTemplate template = JinjaTemplate.Parse(
            "{%- for m in messages[::-1] %}{%- set last = (messages|length - 1) - loop.index0 %}{%- endfor %}"
            + "{%- for m in messages %}{{- m.role + m.content.strip() }}{{- messages[loop.index0 - 1].role }}{%- endfor %}",
            "chat.jinja");
        var message = new JinjaDictionary { ["role"] = new JinjaString("user"), ["content"] = new JinjaString(new string('x', 10_000)) };
        List<object?> messages = [.. Enumerable.Repeat(message, 2_000)];

        string text = template.Render(new() { ["messages"] = messages }, default).Text;

        Assert.Equal(2_000 * 10_008, text.Length);
    }

    private static string Times(int times, string text) => string.Concat(Enumerable.Repeat(text, times));

    private static string Doubling(string first, string next) =>
        $"{{% set ns = namespace(x={first}) %}}{{% for i in range(100) %}}{{% set ns.x = {next} %}}{{% endfor %}}";
}
