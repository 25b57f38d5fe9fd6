using Microsoft.Playwright;

namespace Microsoft.ML.Asft.Browser.Tests;

/// <summary>Every HTML page that the project writes, as a reader sees it: wide and on a phone, light and dark.</summary>
public sealed class PageTests(Browser browser, Pages pages) : IClassFixture<Browser>, IClassFixture<Pages>
{
    private const int Phone = 390;
    private const int Desktop = 1280;

    public static IEnumerable<object[]> Views { get; } =
        from name in Pages.All from width in new[] { Phone, Desktop } from scheme in new[] { ColorScheme.Light, ColorScheme.Dark }
        select new object[] { name, width, scheme };

    [BrowserTheory]
    [MemberData(nameof(Views))]
    public async Task A_page_is_whole_readable_and_fits(string name, int width, ColorScheme scheme)
    {
        var page = await browser.InspectAsync(pages.PathOf(name), width, scheme);

        Assert.True(page.Problems.Count == 0, string.Join('\n', page.Problems));
        Assert.Single(page.Requests);   // of nothing but itself
        var (charts, curves, texts) = Pages.LeastOf(name);
        Assert.True(page.Charts >= charts, $"{page.Charts} charts");
        Assert.True(page.Curves >= curves, $"{page.Curves} curves");
        Assert.True(page.Texts >= texts, $"{page.Texts} texts");
        int[] background = [.. page.Background.Split(' ').Take(3).Select(int.Parse)];
        Assert.True(scheme == ColorScheme.Dark ? background.Max() < 64 : background.Min() > 192, $"The page's colour is {page.Background}.");
    }
}
