namespace MoeScale.Training.Tests.Kernels;

internal static class Allocations
{
    /// <summary>Bytes of the managed heap that <paramref name="work"/> takes, on all threads together.</summary>
    /// <remarks>The least of several turns: other tests allocate meanwhile, and a first call may.</remarks>
    public static long LeastOf(int turns, Action work)
    {
        long least = long.MaxValue;
        for (int turn = 0; turn < turns; turn++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            work();
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }
        return least;
    }
}
