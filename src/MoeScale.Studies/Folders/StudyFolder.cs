using System.Collections.Concurrent;
using MoeScale.Basics;
using MoeScale.Studies.Files;

namespace MoeScale.Studies.Folders;

/// <summary>
/// Where a study keeps what it makes: <c>runs/CELL</c> is the trainer's, <c>work/CELL</c> what the study knows of it, and the answers lie
/// on top.
/// </summary>
public sealed class StudyFolder
{
    // A folder of a cell knows what it has read, so that a command reads a result once.
    private readonly ConcurrentDictionary<Cell, CellFolder> _cells = new(ReferenceEqualityComparer.Instance);

    private StudyFolder(string location) => Location = location;

    /// <summary>Whole path.</summary>
    public string Location { get; }

    /// <exception cref="UserException">It is no name of a folder, or that of a file.</exception>
    public static StudyFolder At(string path)
    {
        // As an argument with a variable that is not set gives it.
        if (string.IsNullOrWhiteSpace(path) || path.Contains('\0'))
        {
            throw new UserException(
                $"'{path.Replace('\0', ' ')}' is no folder for the results. Give {StudySettings.Out.To("FOLDER")}, or leave it out: they "
                    + $"are then kept beside the study file."
            );
        }
        StudyFolder folder = new(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        return File.Exists(folder.Location)
            ? throw new UserException(
                $"{folder.Location} is a file, and the results of a study need a folder. Give another {StudySettings.Out}."
            )
            : folder;
    }

    /// <summary>Tokens of the text, made once for all cells.</summary>
    public string DataPath => Path.Combine(Location, "data");

    public string RunsPath => Path.Combine(Location, "runs.csv");

    public string RoutersPath => Path.Combine(Location, "routers.csv");

    public string LawPath => Path.Combine(Location, "law.yaml");

    /// <summary>The best rates of a sweep.</summary>
    public string RatesPath => Path.Combine(Location, "rates.csv");

    public string RateLawPath => Path.Combine(Location, "rate-law.yaml");

    public string FamilyPath => Path.Combine(Location, "family.yaml");

    public string AnswerPath => Path.Combine(Location, "fit.json");

    public string PlanPath => Path.Combine(Location, "plan.json");

    public string ReportPath => Path.Combine(Location, "report.md");

    public CellFolder Of(Cell cell) => _cells.GetOrAdd(cell, c => new CellFolder(this, c));

    /// <summary>Cells whose folder is here and that the study has no more.</summary>
    public IReadOnlyList<string> UnknownCells(Study study)
    {
        string work = Path.Combine(Location, "work");
        HashSet<string> known = [.. study.Cells.Select(c => c.Name)];
        return Directory.Exists(work)
            ?
            [
                .. Directory
                    .EnumerateDirectories(work)
                    .Select(d => Path.GetFileName(d))
                    .Where(n => !known.Contains(n))
                    .Order(StringComparer.Ordinal),
            ]
            : [];
    }

    /// <exception cref="UserException">It cannot be made.</exception>
    public void Make()
    {
        try
        {
            Directory.CreateDirectory(Location);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UserException($"{Location} cannot be made: {TextFile.Reason(e)}.");
        }
    }
}
