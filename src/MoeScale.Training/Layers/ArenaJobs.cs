using MoeScale.Training.Kernels;

namespace MoeScale.Training.Layers;

/// <summary>What is done to an arena as a whole, in chunks of fixed borders.</summary>
internal static unsafe class ArenaJobs
{
    /// <summary>Floats of a chunk.</summary>
    public const int ChunkFloats = 1 << 15;

    public static int Chunks(nint floats) => (int)((floats + ChunkFloats - 1) / ChunkFloats);

    public static int Length(int chunk, nint floats) => (int)Math.Min(ChunkFloats, floats - ((nint)chunk * ChunkFloats));

    /// <summary>Whether all are numbers.</summary>
    public static bool IsFinite(float* x, nint count)
    {
        for (nint i = 0; i < count; i++)
        {
            if (!float.IsFinite(x[i]))
            {
                return false;
            }
        }
        return true;
    }

    public readonly struct Clear(float* arena, nint floats) : IChunkedJob
    {
        private readonly float* _arena = arena;

        public void Run(int chunk, int worker) => new Span<float>(_arena + ((nint)chunk * ChunkFloats), Length(chunk, floats)).Clear();
    }
}
