namespace MoeScale.Training.Tests.Kernels;

/// <summary>Tests that run when no other does.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public class Alone;

internal static class Allocations
{
    /// <summary>Bytes of the managed heap that <paramref name="work"/> takes, on all threads together.</summary>
    /// <remarks>
    /// The least of several turns: a first call may allocate, and so may the test platform. The test belongs in the collection
    /// <see cref="Alone"/>.
    /// </remarks>
    public static long MinOf(int turns, Action work)
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
