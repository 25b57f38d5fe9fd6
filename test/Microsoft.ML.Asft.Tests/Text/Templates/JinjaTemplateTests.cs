using Microsoft.ML.Asft.Text;

namespace Microsoft.ML.Asft.Tests.Text;

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
    [InlineData("{% for a in b recursive %}{% endfor %}", "line 1: a recursive 'for' is not supported in chat templates here")]
    [InlineData("{{ x | groupby('a') }}", "line 1: the filter 'groupby' is not supported in chat templates here")]
    [InlineData("{{ x is escaped }}", "line 1: the test 'escaped' is not supported in chat templates here")]
    [InlineData("{{ f(*args) }}", "line 1: an argument with '*' is not supported in chat templates here")]
    [InlineData("{{ [1].append(2) }}", "line 1: changing a list, append(), is not supported in chat templates here")]
    [InlineData("{{ strftime_now('%Q') }}", "line 1: '%Q' in strftime_now is not supported in chat templates here")]
    [InlineData("{{ '%d' % 3 }}", "line 1: formatting with '%' is not supported in chat templates here")]
    [InlineData("{% for a in [1] %}{{ loop.depth }}{% endfor %}", "line 1: loop.depth is not supported in chat templates here")]
    public void More_of_Jinja_than_is_understood_is_refused_by_name(string template, string message)
    {
        var error = Assert.Throws<NotSupportedException>(() => Render(template));

        Assert.Equal("chat.jinja, " + message, error.Message);
    }

    [Fact]
    public void What_stood_in_generation_tags_is_told()
    {
        (string text, IReadOnlyList<Range> generated) = JinjaTemplate
            .Parse("a{% for i in [1, 2] %}[{% generation %}{{ i }}b{% endgeneration %}]{% endfor %}", "chat.jinja")
            .Render([], default);

        Assert.Equal("a[1b][2b]", text);
        Assert.Equal([2..4, 6..8], generated);
    }

    [Fact]
    public void A_generation_tag_whose_place_in_the_text_is_not_known_is_refused()
    {
        var error = Assert.Throws<NotSupportedException>(
            () => Render("{% set x %}{% generation %}a{% endgeneration %}{% endset %}{{ x }}"));

        Assert.Contains("{% generation %}", error.Message, StringComparison.Ordinal);
    }

    private static string Render(string template) => JinjaTemplate.Parse(template, "chat.jinja").Render(new() { ["x"] = 1L }, default).Text;
}
