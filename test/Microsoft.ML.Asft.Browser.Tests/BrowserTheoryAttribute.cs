namespace Microsoft.ML.Asft.Browser.Tests;

/// <summary>A theory that is skipped, and says so, where there is no Chromium.</summary>
internal sealed class BrowserTheoryAttribute : TheoryAttribute
{
    public BrowserTheoryAttribute() => Skip = Browser.WhyMissing;
}
