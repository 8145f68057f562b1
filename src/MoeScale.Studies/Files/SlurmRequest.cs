using MoeScale.Basics;

namespace MoeScale.Studies.Files;

/// <summary>What a study asks of Slurm: for the task of each cell, and for the job that fits and reports.</summary>
public sealed class SlurmRequest
{
    private const double MaxAtOnce = 1e6;

    // Whose the jobs are and where they may run; everything else of a task, such as its GPUs and its time, is not for a job that only fits.
    private static readonly string[] OfBoth = ["account", "clusters", "partition", "qos", "reservation"];

    /// <summary>Under 'slurm'.</summary>
    public static readonly IReadOnlyCollection<string> Keys = [.. SlurmOption.Keys, "at_once", "report"];

    private readonly IReadOnlyList<SlurmOption> _options;

    private SlurmRequest(IReadOnlyList<SlurmOption> options) => _options = options;

    /// <summary>Tasks of an array that may run at once; null for as many as Slurm starts.</summary>
    public int? AtOnce { get; private init; }

    /// <summary>Options of sbatch for the job that fits and reports.</summary>
    public IReadOnlyList<string> Report { get; private init; } = [];

    /// <param name="yaml">The study's file.</param>
    /// <param name="cells">All of them.</param>
    /// <exception cref="UserException">An option that is not known, or that has no value for a cell; with line and cure.</exception>
    public static SlurmRequest Read(YamlMap yaml, IReadOnlyList<Cell> cells)
    {
        if (yaml.OptionalMap("slurm") is not YamlMap map)
        {
            return new SlurmRequest([]);
        }
        map.RefuseOthers(Keys);
        YamlMap? report = map.OptionalMap("report");
        report?.RefuseOthers(SlurmOption.Keys);
        IEnumerable<SlurmOption> ofBoth = map
            .Keys.Where(k => OfBoth.Contains(k) && report?.Has(k) != true)
            .Select(k => SlurmOption.Read(map, k))
            .Where(o => o.IsSame);
        SlurmRequest request = new([.. map.Keys.Where(SlurmOption.Keys.Contains).Select(k => SlurmOption.Read(map, k))])
        {
            AtOnce = map.Has("at_once") ? (int)RequestReader.Whole(map, "at_once", 1, 1, MaxAtOnce) : null,
            Report =
            [
                .. ofBoth.Select(o => o.Of(cells[0])),
                .. report is null ? [] : report.Keys.Select(k => OfReport(report, k, cells[0])),
            ],
        };
        foreach (Cell cell in cells)
        {
            request.Of(cell);
        }
        return request;
    }

    /// <summary>Options of sbatch for the task of a cell.</summary>
    public IReadOnlyList<string> Of(Cell cell) => [.. _options.Select(o => o.Of(cell))];

    /// <summary>Cells by the options that their tasks need: an array has the same for all of its tasks.</summary>
    public IEnumerable<(IReadOnlyList<string> Options, Cell[] Cells)> Alike(IEnumerable<Cell> cells) =>
        cells.GroupBy(c => string.Join('\n', Of(c))).Select(g => (Of(g.First()), g.ToArray()));

    private static string OfReport(YamlMap report, string key, Cell any) =>
        SlurmOption.Read(report, key) is { IsSame: true } option
            ? option.Of(any)
            : throw report.Error(
                key,
                $"'slurm.report.{key}' is a formula of a cell, and the job that reports is of all cells; give a number"
            );
}
