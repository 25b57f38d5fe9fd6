namespace Microsoft.ML.Asft.Cli.Tests;

/// <summary>A fact that is skipped, and says so, where a process cannot have a small file system of its own.</summary>
internal sealed class TmpfsFactAttribute : FactAttribute
{
    private static readonly Lazy<bool> IsPossible = new(() =>
    {
        try
        {
            using var process = ToolProcess.StartProgram("unshare", "-rm", "mount", "-t", "tmpfs", "-o", "size=64k", "none", Path.GetTempPath());
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    });

    public TmpfsFactAttribute()
    {
        Skip = IsPossible.Value ? null : "needs to mount a tmpfs (unshare -rm), which is not allowed here";
    }
}
