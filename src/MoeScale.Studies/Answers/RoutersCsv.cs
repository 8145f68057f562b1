using System.Globalization;
using MoeScale.Basics;
using MoeScale.Reporting;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;
using MoeScale.Training.Diagnostics;
using MoeScale.Training.Runs;

namespace MoeScale.Studies.Answers;

/// <summary>
/// What the routers of the finished runs did in their last steps, a row a run and block: routers.csv, from which the report tells their
/// health. docs/router-health.md has the figures.
/// </summary>
public static class RoutersCsv
{
    private static readonly string[] Header = ["run", "trunk", "block", "max_over_mean", "dropped", "unserved", "even", "findings"];

    /// <summary>Writes the table; where no run has routers there is none.</summary>
    /// <returns>Runs whose routers cannot be told, and why.</returns>
    public static IReadOnlyList<UntoldRouters> Write(Study study, StudyFolder folder)
    {
        List<UntoldRouters> untold = [];
        CsvText table = Of(study, folder, untold);
        if (table.RowCount > 0)
        {
            TextFile.WriteWhole(folder.RoutersPath, table.ToString());
        }
        else
        {
            File.Delete(folder.RoutersPath);
        }
        return untold;
    }

    private static CsvText Of(Study study, StudyFolder folder, List<UntoldRouters> untold)
    {
        CsvText table = new(Header);
        foreach (CellFolder cell in study.Cells.Where(c => !c.Model.IsDense).Select(folder.Of).Where(c => c.IsDone))
        {
            foreach (long length in cell.Cell.Lengths)
            {
                try
                {
                    if (Steps(cell, length) is { Count: > 0 } steps)
                    {
                        Add(table, cell.Cell, cell.Cell.RunName(length), steps);
                    }
                }
                catch (UserException e)
                {
                    untold.Add(new UntoldRouters(cell.Cell.RunName(length), e));
                }
            }
        }
        return table;
    }

    /// <summary>The last steps; a trainer of the user's may leave anything.</summary>
    private static IReadOnlyList<RoutingStep> Steps(CellFolder cell, long length)
    {
        string path = RunFolder.RoutingIn(cell.RunOf(length));
        if (PlainFile.BytesIn(path) == 0)
        {
            // A pipe tells nothing, and is not waited for.
            return [];
        }
        return RoutingHistory.Read(path, cell.Cell.Model, RouterHealth.Window);
    }

    private static void Add(CsvText table, Cell cell, string run, IReadOnlyList<RoutingStep> steps)
    {
        int[] blocks = [.. steps[^1].Layers.Select(l => l.Block)];
        RouterHealth health = new(cell.Model, blocks);
        foreach (RoutingStep step in steps)
        {
            health.Add(step);
        }
        ILookup<int, RouterFinding> findings = health.Findings().ToLookup(f => f.Block);
        for (int layer = 0; layer < blocks.Length; layer++)
        {
            int at = layer;
            double[] figures =
            [
                blocks[layer],
                health.Load(layer).Max(),
                steps.Average(s => s.Layers[at].Dropped),
                steps.Average(s => s.Layers[at].Unserved),
                Math.Exp(health.TokenEntropy(layer)) / cell.Model.ExpertCount,
            ];
            table.Row([
                run,
                cell.Name,
                .. figures.Select(f => f.ToString("G6", CultureInfo.InvariantCulture)),
                string.Join(' ', findings[blocks[layer]].Select(f => RouterWords.Of(f).Say(StudyTerms.All))),
            ]);
        }
    }
}

/// <summary>A run whose routers cannot be told, so that they are left out.</summary>
/// <param name="Run">Its name.</param>
/// <param name="Reason">What is wrong with the file that tells them.</param>
public sealed record UntoldRouters(string Run, UserException Reason);
