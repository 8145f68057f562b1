using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Tests;

/// <summary>Finished runs that nobody trained: losses by a formula that the test knows.</summary>
internal static class MadeUpRuns
{
    /// <param name="folder">That holds the study's folder.</param>
    /// <param name="study">Its cells become done.</param>
    /// <param name="loss">Of a cell's run of so many tokens.</param>
    public static StudyFolder Write(TemporaryFolder folder, Study study, Func<Cell, long, double> loss)
    {
        StudyFolder place = StudyFolder.At(study.DefaultFolder);
        foreach (CellFolder cell in study.Cells.Select(place.Of))
        {
            cell.Begin(study.Text);
            folder.Write(
                Path.GetRelativePath(folder.Path, cell.ResultsPath),
                string.Concat(cell.Cell.Lengths.Select(l => FormattableString.Invariant($"{{\"loss\":{loss(cell.Cell, l):R}}}\n")))
            );
        }
        return place;
    }
}
