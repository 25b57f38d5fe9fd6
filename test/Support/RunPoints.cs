using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Asft.Tests.Support;

/// <summary>
/// The points of a run at which a test can stop it: the start and the end of each span that the library traces, such as
/// <c>start asft.update</c> or <c>stop asft.file.write manifest.json</c>.
/// </summary>
internal static class RunPoints
{
    private const int Kill = 9;

    /// <summary>Calls a listener at each point, on the thread that got there.</summary>
    public static ActivityListener Listen(Action<string> reached)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Microsoft.ML.Asft",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStarted = activity => reached($"start {NameOf(activity)}"),
            ActivityStopped = activity => reached($"stop {NameOf(activity)}"),
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    /// <summary>Ends this process as <c>kill -9</c> does.</summary>
    public static void KillThisProcess() => SendSignal(Environment.ProcessId, Kill);

    private static string NameOf(Activity activity) =>
        activity.GetTagItem("file.name") is string file ? $"{activity.OperationName} {file}" : activity.OperationName;

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendSignal(int process, int signal);
}
