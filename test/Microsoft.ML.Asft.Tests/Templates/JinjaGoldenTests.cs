using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Templates.Jinja;

namespace Microsoft.ML.Asft.Tests.Templates;

/// <summary>Templates as Python's jinja2 renders them; Golden/jinja/make.py made the renderings.</summary>
public class JinjaGoldenTests
{
    private static readonly JsonObject Golden =
        JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", "jinja", "cases.json")))!.AsObject();

    private static readonly DateTimeOffset Now = new(DateTime.Parse((string)Golden["now"]!, CultureInfo.InvariantCulture), TimeSpan.Zero);

    public static TheoryData<string, string?> Cases
    {
        get
        {
            var cases = new TheoryData<string, string?>();
            foreach (JsonNode? one in Golden["cases"]!.AsArray())
            {
                cases.Add((string)one!["template"]!, (string?)one["rendered"]);
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_template_is_rendered_as_Python_renders_it(string template, string? rendered)
    {
        string Render() => JinjaTemplate.Parse(template, "x.jinja").Render(JinjaJson.Read(Golden["variables"]!.AsObject()), Now).Text;

        if (rendered is not null)
        {
            Assert.Equal(rendered, Render());
            return;
        }
        Exception error = Assert.ThrowsAny<Exception>(Render);
        Assert.True(error is InvalidDataException or NotSupportedException, error.ToString());
        Assert.StartsWith("x.jinja, line ", error.Message, StringComparison.Ordinal);
    }
}
