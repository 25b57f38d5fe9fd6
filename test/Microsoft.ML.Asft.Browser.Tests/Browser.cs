using System.Text.Json;
using Microsoft.Playwright;

namespace Microsoft.ML.Asft.Browser.Tests;

/// <summary>Chromium, as the system has it: nothing is downloaded.</summary>
public sealed class Browser : IAsyncLifetime
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];

    private static readonly string Script = ReadScript();

    private IPlaywright? _playwright;
    private IBrowser? _chromium;

    /// <summary>Gets why no page can be opened; <see langword="null"/> where one can.</summary>
    public static string? WhyMissing => Executable is null ? "needs Chromium (apt-get install chromium), which is not on the PATH" : null;

    private static string? Executable { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => Names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);

    public async Task InitializeAsync()
    {
        if (Executable is not null)
        {
            _playwright = await Playwright.Playwright.CreateAsync();
            _chromium = await _playwright.Chromium.LaunchAsync(new()
            {
                ExecutablePath = Executable,
                Args = ["--no-sandbox"],   // root has no sandbox, and the pages are our own
            });
        }
    }

    public async Task DisposeAsync()
    {
        if (_chromium is not null)
        {
            await _chromium.CloseAsync();
        }

        _playwright?.Dispose();
    }

    /// <summary>Opens a page and looks at it.</summary>
    internal async Task<PageFindings> InspectAsync(string file, int width, ColorScheme scheme)
    {
        await using var context = await _chromium!.NewContextAsync(new() { ViewportSize = new() { Width = width, Height = 844 }, ColorScheme = scheme });
        var page = await context.NewPageAsync();
        var problems = new List<string>();
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                problems.Add($"console: {message.Text}");
            }
        };
        page.PageError += (_, error) => problems.Add($"script: {error}");
        page.RequestFailed += (_, request) => problems.Add($"failed: {request.Url}");
        var requested = new List<string>();
        page.Request += (_, request) => requested.Add(request.Url);
        await page.GotoAsync(new Uri(file).AbsoluteUri);
        string json = await page.EvaluateAsync<string>(Script);
        var findings = JsonSerializer.Deserialize<PageFindings>(json, JsonSerializerOptions.Web)!;
        return findings with { Problems = [.. problems, .. findings.Problems], Requests = requested };
    }

    private static string ReadScript()
    {
        using var reader = new StreamReader(typeof(Browser).Assembly.GetManifestResourceStream("inspect.js")!);
        return reader.ReadToEnd();
    }
}
