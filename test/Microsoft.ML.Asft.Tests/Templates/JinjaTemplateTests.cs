using Microsoft.ML.Asft.Templates.Jinja;

namespace Microsoft.ML.Asft.Tests.Templates;

public class JinjaTemplateTests
{
    [Theory]
    [InlineData("a\n{% if x %}", "line 2: a 'if' is never closed by 'endif'")]
    [InlineData("a\n\n{{ 'x' + }}", "line 3: '}}' stands where a value is expected")]
    [InlineData("{{ nobody.name }}", "line 1: 'nobody' is undefined")]
    [InlineData("\n{# c\n #}\n{{ 1 +\n 'a' }}", "line 4: '+' is not between int and str")]
    [InlineData("{{ raise_exception('say please') }}", "line 1: say please")]
    [InlineData("\n\n{{ \"never", "line 3: a string is never closed by \"")]
    public void An_error_names_the_file_and_the_line(string template, string message)
    {
        var error = Assert.Throws<InvalidDataException>(() => Render(template));

        Assert.Equal("chat.jinja, " + message, error.Message);
    }

    [Theory]
    [InlineData("\n{% include 'other' %}", "line 2: the tag 'include' is not supported in chat templates here")]
    [InlineData("{{ [1] | random }}", "line 1: the filter 'random' is not supported in chat templates here")]
    [InlineData("{{ x | from_json }}", "line 1: there is no filter 'from_json' in Jinja or in transformers")]
    [InlineData("{{ x is from_json }}", "line 1: there is no test 'from_json' in Jinja or in transformers")]
    [InlineData("{{ 'a'.encode() }}", "line 1: the method encode() of a text is not supported in chat templates here")]
    [InlineData("{{ ('%s' | safe) % 1 }}", "line 1: formatting the result of the filters 'safe' and 'escape' is not supported in chat templates here")]
    [InlineData("{{ lipsum() }}", "line 1: lipsum(), which returns random text, is not supported in chat templates here")]
    [InlineData("{{ [1][0, 1] }}", "line 1: several subscripts in one pair of brackets is not supported in chat templates here")]
    [InlineData("{{ strftime_now('%Q') }}", "line 1: '%Q' in strftime_now is not supported in chat templates here")]
    public void More_of_Jinja_than_is_understood_is_refused_by_name(string template, string message)
    {
        var error = Assert.Throws<NotSupportedException>(() => Render(template));

        Assert.Equal("chat.jinja, " + message, error.Message);
    }

    [Theory]
    [InlineData("a{% for i in [1, 2] %}[{% generation %}{{ i }}b{% endgeneration %}]{% endfor %}", "a[«1b»][«2b»]")]
    [InlineData("{% set x %}-{% generation %}a{% endgeneration %}{% endset %}{{ x | upper }}{{ x }}", "-«A»-«a»")]
    [InlineData("{% macro m() %}({% generation %}a{% endgeneration %}){% endmacro %}{{ m() ~ m() }}", "(«a»)(«a»)")]
    public void What_stood_in_generation_tags_is_known_wherever_it_gets_to(string template, string marked)
    {
        JinjaString text = JinjaTemplate.Parse(template, "chat.jinja").Render([], default);

        Assert.Equal(marked, string.Concat(Enumerable.Range(0, text.Length).Select(i =>
            $"{(Begins(i) ? "«" : "")}{text.Text[i]}{(Ends(i) ? "»" : "")}")));
        bool Begins(int place) => Array.Exists(text.Traces, trace => trace.Start == place && trace.Generation > 0);
        bool Ends(int place) => Array.Exists(text.Traces, trace => trace.End == place + 1 && trace.Generation > 0);
    }

    private static string Render(string template) => JinjaTemplate.Parse(template, "chat.jinja").Render(new() { ["x"] = 1L }, default).Text;
}
