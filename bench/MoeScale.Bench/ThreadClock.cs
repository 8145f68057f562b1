using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MoeScale.Bench;

/// <summary>The time that the calling thread has had a processor: what a busy machine takes from it does not count.</summary>
internal static unsafe partial class ThreadClock
{
    private const int ThreadProcessorTime = 3;

    /// <summary>From an origin of its own. Wall time where the system (not Linux) does not tell.</summary>
    public static double Nanoseconds
    {
        get
        {
            if (!OperatingSystem.IsLinux())
            {
                return Stopwatch.GetTimestamp() * 1e9 / Stopwatch.Frequency;
            }
            nint* time = stackalloc nint[2];
            _ = GetTime(ThreadProcessorTime, time);
            return (time[0] * 1e9) + time[1];
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, nint* time);
}
