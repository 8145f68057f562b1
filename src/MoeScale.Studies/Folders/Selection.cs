using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Studies.Costs;
using MoeScale.Studies.Files;

namespace MoeScale.Studies.Folders;

/// <summary>
/// Which runs of a study were chosen within a limit of cost, as selection.json keeps it: what was chosen once stays, though the machine may
/// be slower the next time.
/// </summary>
/// <param name="Cells">Name: lengths of the runs that stay.</param>
/// <param name="LeftOut">What was left out, and why.</param>
public sealed record Selection(IReadOnlyDictionary<string, IReadOnlyList<long>> Cells, IReadOnlyList<LeftOutRun> LeftOut)
{
    private static readonly JsonSerializerOptions Written = new()
    {
        WriteIndented = true,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>What it was made for; null where that is not known, since an earlier version made it.</summary>
    public CostLimits? Limits { get; init; }

    public static Selection Of(IReadOnlyList<Cell> cells, IReadOnlyList<LeftOutRun> leftOut, CostLimits? limits = null) =>
        new(cells.ToDictionary(c => c.Name, c => c.Lengths), leftOut) { Limits = limits };

    /// <summary>
    /// The choice with which a study began; null where none was made. It stays where no limits are given, or the same again.
    /// </summary>
    /// <param name="folder">Of the study.</param>
    /// <param name="study">All of it.</param>
    /// <param name="limits">That are given now; null for none.</param>
    /// <exception cref="UserException">The study began with other limits, or without any.</exception>
    public static Selection? Begun(StudyFolder folder, Study study, CostLimits? limits)
    {
        // Counted before the choice is read, which whoever begins cells has written first.
        int begun = study.Cells.Count(c => folder.Of(c).IsBegun);
        Selection? old = Read(folder);
        if (limits is not null && old?.Limits == limits && study.Cells.FirstOrDefault(c => !old!.Knows(c)) is Cell added)
        {
            throw new UserException(
                $"{PathIn(folder)} has the runs that were chosen for {limits.ToPhrase()} before the study had the cell {added.Name}. "
                    + $"Leave the limit out to train what was added in full, or give another {StudySettings.Out} to choose anew."
            );
        }
        if (limits is null || old is { Limits: null } || old?.Limits == limits || (old is null && begun == 0))
        {
            return old;
        }
        string cells = $"{begun} {(begun == 1 ? "cell is" : "cells are")} begun in {folder.Location}";
        if (old is null)
        {
            throw new UserException(
                $"{cells} without a limit, and now {limits.ToPhrase()} is given, for which some of its runs might be left "
                    + $"out. Leave the limit out to go on, or give another {StudySettings.Out}."
            );
        }
        Phrase cure = $"Remove that file to choose anew, or give the old limit, or none, to go on.";
        if (begun > 0)
        {
            cure = $"{cells} by that choice: give the old limit, or none, to go on, or another {StudySettings.Out} to choose anew.";
        }
        throw new UserException(
            $"{PathIn(folder)} has the runs that were chosen for {old.Limits!.ToPhrase()}, and now {limits.ToPhrase()} is given. {cure}"
        );
    }

    /// <summary>Null where none was made.</summary>
    /// <exception cref="UserException">The file is damaged.</exception>
    public static Selection? Read(StudyFolder folder)
    {
        string path = PathIn(folder);
        try
        {
            return !File.Exists(path) ? null
                : JsonSerializer.Deserialize<Selection>(TextFile.Read(path), Written) is { Cells: not null, LeftOut: not null } selection
                    ? selection
                : throw new JsonException();
        }
        catch (JsonException)
        {
            throw new UserException($"{path} is damaged. Remove it to choose anew.");
        }
    }

    private bool Knows(Cell cell) =>
        Cells.ContainsKey(cell.Name) || LeftOut.Any(l => l.Run == cell.Name || l.Run.StartsWith($"{cell.Name}/", StringComparison.Ordinal));

    public void Write(StudyFolder folder) => TextFile.WriteWhole(PathIn(folder), JsonSerializer.Serialize(this, Written) + "\n");

    /// <summary>The study with these runs alone; cells that were added to it since are in.</summary>
    /// <exception cref="UserException">A cell has lengths now that the choice knows nothing of.</exception>
    public Study Apply(Study study)
    {
        HashSet<string> left = [.. LeftOut.Select(l => l.Run)];
        foreach (Cell cell in study.Cells)
        {
            if (
                Cells.TryGetValue(cell.Name, out IReadOnlyList<long>? kept)
                && cell.Lengths.Where(l => !kept.Contains(l) && !left.Contains(cell.RunName(l))).ToArray() is [long added, ..]
            )
            {
                throw new UserException(
                    $"the runs of {study.File} were chosen within a limit when its cell {cell.Name} had no run of "
                        + $"{Quantity.FormatCount(added)} tokens. Undo that change, or give another {StudySettings.Out} to choose anew."
                );
            }
        }
        HashSet<string> gone = [.. LeftOut.Select(l => l.Run.Split('/')[0])];
        return study with
        {
            Cells =
            [
                .. study
                    .Cells.Where(c => Cells.ContainsKey(c.Name) || !gone.Contains(c.Name))
                    .Select(c =>
                        // A cell that keeps all of its runs is the same object, whose folder knows what was read.
                        Cells.TryGetValue(c.Name, out IReadOnlyList<long>? lengths) && !c.Lengths.All(lengths.Contains)
                            ? c with
                            {
                                Lengths = [.. c.Lengths.Where(lengths.Contains)],
                            }
                            : c
                    )
                    .Where(c => c.Lengths.Count > 0),
            ],
        };
    }

    private static string PathIn(StudyFolder folder) => Path.Combine(folder.Location, "selection.json");
}
