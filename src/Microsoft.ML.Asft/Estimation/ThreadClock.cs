using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Asft.Estimation;

/// <summary>
/// How long the calling thread has computed. Other work on the machine disturbs it less than the time of day. On systems other than Linux it is the time of day.
/// </summary>
internal static partial class ThreadClock
{
    private const int ThreadCpuTime = 3;    // CLOCK_THREAD_CPUTIME_ID

    /// <summary>Gets the seconds since some moment in the past.</summary>
    public static double Seconds => OperatingSystem.IsLinux() && Environment.Is64BitProcess && GetTime(ThreadCpuTime, out var time) == 0
        ? time.Seconds + (time.Nanoseconds * 1e-9) : Stopwatch.GetElapsedTime(0).TotalSeconds;

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
