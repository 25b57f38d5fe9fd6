using System.Runtime.CompilerServices;

namespace Microsoft.ML.Asft.Tests.Support;

/// <summary>The optional test data beside the repository: <c>../shared</c>, seen from its root.</summary>
internal static class SharedData
{
    /// <summary>The folder of the test data, or null where there is none.</summary>
    public static string? Folder { get; } = Find(AppContext.BaseDirectory) ?? Find(SourceFile());

    /// <summary>The full path of something in the test data; only for tests that carry a shared data attribute.</summary>
    public static string PathOf(params string[] parts) =>
        Path.Combine([Folder ?? throw new InvalidOperationException("There is no ../shared here."), .. parts]);

    /// <summary>Why a test that wants the given file or folder of the test data cannot run, or null when it can.</summary>
    public static string? WhyMissing(string path)
    {
        if (Folder is null)
        {
            return "needs the test data in ../shared, which is not here";
        }

        string full = Path.Combine(Folder, path);
        return Directory.Exists(full) || File.Exists(full) ? null : $"needs ../shared/{path}, which is not here";
    }

    // The build's output may lie outside the repository, so the place of the source counts too.
    private static string? Find(string start)
    {
        for (string? folder = Path.GetDirectoryName(start); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Directory.Packages.props")))
            {
                string shared = Path.GetFullPath(Path.Combine(folder, "..", "shared"));
                return Directory.Exists(shared) ? shared : null;
            }
        }

        return null;
    }

    private static string SourceFile([CallerFilePath] string path = "") => path;
}
