using System.Globalization;
using Microsoft.Playwright;

namespace Microsoft.ML.Asft.Browser.Tests;

/// <summary>Every HTML page that the project writes, as a reader sees it: wide and on a phone, light and dark.</summary>
public sealed class PageTests(Browser browser, Pages pages) : IClassFixture<Browser>, IClassFixture<Pages>
{
    private const int Phone = 390;
    private const int Desktop = 1280;

    [BrowserTheory]
    [InlineData(Pages.TrainingReport)]
    [InlineData(Pages.ReportOfAnInterruptedRun)]
    [InlineData(Pages.Diagnosis)]
    [InlineData(Pages.TrainingDynamics)]
    [InlineData(Pages.PublishedTrainingDynamics)]
    public async Task A_page_is_whole_readable_and_fits(string name)
    {
        var (charts, curves, texts) = Pages.LeastOf(name);
        foreach (var (width, scheme) in new[] { (Phone, ColorScheme.Light), (Phone, ColorScheme.Dark), (Desktop, ColorScheme.Light), (Desktop, ColorScheme.Dark) })
        {
            var page = await browser.InspectAsync(pages.PathOf(name), width, scheme);

            Assert.True(page.Problems.Count == 0, $"{scheme}, {width} wide:\n{string.Join('\n', page.Problems)}");
            Assert.Single(page.Requests);   // of nothing but itself
            Assert.True(page.Charts >= charts, $"{page.Charts} charts");
            Assert.True(page.Curves >= curves, $"{page.Curves} curves");
            Assert.True(page.Texts >= texts, $"{page.Texts} texts");
            int[] background = [.. page.Background.Split(' ').Take(3).Select(part => int.Parse(part, CultureInfo.InvariantCulture))];
            Assert.True(scheme == ColorScheme.Dark ? background.Max() < 64 : background.Min() > 192, $"{scheme}: the page's colour is {page.Background}.");
        }
    }
}
