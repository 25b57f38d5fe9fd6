namespace Microsoft.ML.Asft.Tests.Support;

/// <summary>A theory that is skipped, and says so, where the test data in <c>../shared</c> is missing.</summary>
/// <remarks>The path is what the test needs, relative to <c>../shared</c>; empty for the folder itself.</remarks>
internal sealed class SharedDataTheoryAttribute : TheoryAttribute
{
    public SharedDataTheoryAttribute(string path = "")
    {
        Skip = SharedData.WhyMissing(path);
    }
}
