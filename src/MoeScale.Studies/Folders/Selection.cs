using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Studies.Costs;
using MoeScale.Studies.Files;

namespace MoeScale.Studies.Folders;

/// <summary>
/// Which runs of a study were chosen within a limit of cost, as selection.json keeps it: what was chosen once stays, though the machine may be slower the next time.
/// </summary>
/// <param name="Cells">Name: lengths of the runs that stay.</param>
/// <param name="LeftOut">What was left out, and why.</param>
public sealed record Selection(IReadOnlyDictionary<string, IReadOnlyList<long>> Cells, IReadOnlyList<LeftOutRun> LeftOut)
{
    private static readonly JsonSerializerOptions Written = new() { WriteIndented = true, NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals };

    public static Selection Of(IReadOnlyList<Cell> cells, IReadOnlyList<LeftOutRun> leftOut) => new(cells.ToDictionary(c => c.Name, c => c.Lengths), leftOut);

    /// <summary>Null where none was made.</summary>
    /// <exception cref="UserException">The file is damaged.</exception>
    public static Selection? Read(StudyFolder folder)
    {
        string path = PathIn(folder);
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<Selection>(TextFile.Read(path), Written) : null;
        }
        catch (JsonException)
        {
            throw new UserException($"{path} is damaged. Remove it to choose anew.");
        }
    }

    public void Write(StudyFolder folder) => TextFile.WriteWhole(PathIn(folder), JsonSerializer.Serialize(this, Written) + "\n");

    /// <summary>The study with these runs alone; cells that were added to it since are in.</summary>
    public Study Apply(Study study)
    {
        HashSet<string> gone = [.. LeftOut.Select(l => l.Run.Split('/')[0])];
        return study with
        {
            Cells =
            [
                .. study.Cells
                    .Where(c => Cells.ContainsKey(c.Name) || !gone.Contains(c.Name))
                    .Select(c => Cells.TryGetValue(c.Name, out IReadOnlyList<long>? lengths) ? c with { Lengths = [.. c.Lengths.Where(lengths.Contains)] } : c)
                    .Where(c => c.Lengths.Count > 0),
            ],
        };
    }

    private static string PathIn(StudyFolder folder) => Path.Combine(folder.Location, "selection.json");
}
