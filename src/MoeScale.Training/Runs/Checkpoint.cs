using MoeScale.Basics;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Runs;

/// <summary>
/// A folder that holds all that a run needs to go on: weights.safetensors, optimizer.safetensors, state.json. It is
/// replaced as a whole: written beside, the one before it set aside, renamed, and what was set aside removed. Whenever
/// it is cut off, a whole one is left.
/// </summary>
internal static class Checkpoint
{
    /// <summary>Behind the name of one that is not finished.</summary>
    public const string NextEnding = ".next";

    /// <summary>Behind the name of one that was set aside.</summary>
    public const string OldEnding = ".old";

    private const string WeightsName = "weights.safetensors";
    private const string MomentsName = "optimizer.safetensors";
    private const string StateName = "state.json";

    private static readonly Dictionary<string, string> Metadata = new() { ["format"] = "pt" };

    /// <exception cref="UserException">It cannot be written; the one before it stays.</exception>
    public static void Write(string folder, Trainer trainer)
    {
        string next = Next(folder);
        try
        {
            Directory.CreateDirectory(next);
            WeightsFile.Write(Path.Combine(next, WeightsName), trainer.Model, Metadata, WeightsFile.Weights);
            WeightsFile.Write(Path.Combine(next, MomentsName), trainer.Model, Metadata, Moments(trainer));
            trainer.State.Write(Path.Combine(next, StateName));
            if (Directory.Exists(folder))
            {
                Remove(Old(folder));
                Directory.Move(folder, Old(folder));
            }
            Directory.Move(next, folder);
            Remove(Old(folder));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or UserException)
        {
            TryRemove(next);
            string kept = Exists(folder) ? " The checkpoint before it is kept, and the same command goes on from there." : "";
            Phrase what = e is UserException mistake ? mistake.Phrase : $"{folder} cannot be written: {TextFile.Reason(e)}.";
            throw new UserException($"{what}{kept}");
        }
    }

    /// <summary>Whether there is one; also one that was set aside when the program was killed.</summary>
    public static bool Exists(string folder) => Find(folder) is not null;

    /// <summary>Its weights; null where there is no checkpoint.</summary>
    public static string? WeightsIn(string folder) =>
        ((string[])[folder, Old(folder)]).Select(f => Path.Combine(f, WeightsName)).FirstOrDefault(File.Exists);

    /// <exception cref="UserException">A file of it cannot be read, or is of another model.</exception>
    public static void Read(string folder, Trainer trainer)
    {
        string found = Find(folder)!;
        try
        {
            WeightsFile.Read(Path.Combine(found, WeightsName), trainer.Model, WeightsFile.Weights);
            WeightsFile.Read(Path.Combine(found, MomentsName), trainer.Model, Moments(trainer));
            string path = Path.Combine(found, StateName);
            RunState state = RunState.Read(path);
            trainer.Resume(
                trainer.CanBe(state)
                    ? state
                    : throw new UserException(
                        $"{path} is damaged, or another run's: no run of this configuration has read "
                            + $"{state.Sequences} sequences in {state.Step} steps."
                    )
            );
        }
        catch (UserException e)
        {
            throw new UserException($"{e} Without that, remove {Path.GetDirectoryName(found)} to begin the run anew.");
        }
    }

    /// <summary>Removes what is left of one that was not finished. Only for who has locked the run.</summary>
    public static void Clean(string folder)
    {
        TryRemove(Next(folder));
        if (Directory.Exists(folder))
        {
            TryRemove(Old(folder));
        }
    }

    /// <summary>Removes it.</summary>
    public static void Delete(string folder)
    {
        TryRemove(folder);
        TryRemove(Old(folder));
    }

    private static WeightsFile.Kind[] Moments(Trainer trainer) =>
        [new("first.", trainer.Optimizer.First), new("second.", trainer.Optimizer.Second)];

    private static string Next(string folder) => folder + NextEnding;

    private static string Old(string folder) => folder + OldEnding;

    private static string? Find(string folder) =>
        Directory.Exists(folder) ? folder
        : Directory.Exists(Old(folder)) ? Old(folder)
        : null;

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void TryRemove(string folder)
    {
        try
        {
            Remove(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It takes room, and does no harm: nobody reads it.
        }
    }
}
