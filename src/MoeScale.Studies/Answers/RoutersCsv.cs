using System.Globalization;
using System.Text;
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
    /// <returns>Runs whose routers cannot be told, and why, in sentences without full stop.</returns>
    public static IReadOnlyList<string> Write(Study study, StudyFolder folder)
    {
        List<string> troubles = [];
        string text = Of(study, folder, troubles);
        if (text.Length > 0)
        {
            TextFile.WriteWhole(folder.RoutersPath, text);
        }
        else
        {
            File.Delete(folder.RoutersPath);
        }
        return troubles;
    }

    private static string Of(Study study, StudyFolder folder, List<string> troubles)
    {
        StringBuilder text = new();
        text.AppendJoin(',', Header).Append('\n');
        int rows = 0;
        foreach (CellFolder cell in study.Cells.Where(c => !c.Model.IsDense).Select(folder.Of).Where(c => c.IsDone))
        {
            foreach (long length in cell.Cell.Lengths)
            {
                try
                {
                    IReadOnlyList<RoutingStep> steps = Steps(cell, length);
                    rows += steps.Count == 0 ? 0 : Add(text, cell.Cell, cell.Cell.RunName(length), steps);
                }
                catch (UserException e)
                {
                    troubles.Add($"the routers of {cell.Cell.RunName(length)} are left out: {e.Message.TrimEnd('.')}");
                }
            }
        }
        return rows == 0 ? "" : text.ToString();
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

    private static int Add(StringBuilder text, Cell cell, string run, IReadOnlyList<RoutingStep> steps)
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
            text.Append(run)
                .Append(',')
                .Append(cell.Name)
                .Append(',')
                .AppendJoin(',', figures.Select(f => f.ToString("G6", CultureInfo.InvariantCulture)))
                .Append(",\"")
                .AppendJoin(' ', findings[blocks[layer]].Select(f => RouterWords.Of(f).Say(StudyTerms.All).Replace('"', '\'')))
                .Append("\"\n");
        }
        return blocks.Length;
    }
}
