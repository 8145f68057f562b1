using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Answers;

/// <summary>Where a study's file says something else than when what lies in its folder was begun.</summary>
/// <param name="Cells">Names of those that it concerns.</param>
public abstract record StudyChange(IReadOnlyList<string> Cells)
{
    /// <summary>A setting of cells that were begun has another value now.</summary>
    public sealed record OtherValue(SettingDifference Setting, IReadOnlyList<string> Cells) : StudyChange(Cells);

    /// <summary>Cells were begun that the file has no more.</summary>
    public sealed record Gone(IReadOnlyList<string> Cells) : StudyChange(Cells);

    /// <summary>All that changed; empty where nothing did. What a damaged folder was begun with nobody knows.</summary>
    /// <param name="study">As the file has it now, without the runs that were left out when it began.</param>
    /// <param name="folder">Of the study.</param>
    public static IReadOnlyList<StudyChange> Of(Study study, StudyFolder folder)
    {
        IEnumerable<StudyChange> values = study
            .Cells.SelectMany(c => Differences(folder.Of(c), study.Text).Select(d => (Cell: c.Name, Difference: d)))
            .GroupBy(d => d.Difference, d => d.Cell)
            .Select(g => new OtherValue(g.Key, [.. g]));
        IReadOnlyList<string> unknown = folder.UnknownCells(study);
        return [.. values, .. unknown.Count > 0 ? [new Gone(unknown)] : Array.Empty<StudyChange>()];
    }

    private static IEnumerable<SettingDifference> Differences(CellFolder folder, StudyText text)
    {
        if (!folder.IsBegun)
        {
            return [];
        }
        try
        {
            return CellConfiguration.Read(folder.ConfigurationPath).Differences(CellConfiguration.Of(folder.Cell, text));
        }
        catch (Basics.UserException)
        {
            return [];
        }
    }
}
