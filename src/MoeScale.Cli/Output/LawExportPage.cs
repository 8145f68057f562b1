using MoeScale.Basics;
using MoeScale.Exchange.Export.Laws;
using MoeScale.Laws;

namespace MoeScale.Cli.Output;

/// <summary>Writes laws in another language: to a file, or on standard output.</summary>
internal static class LawExportPage
{
    /// <param name="format">The language.</param>
    /// <param name="names">Ids or paths of laws.</param>
    /// <param name="path">The file; null to print.</param>
    /// <param name="asJson">Whether JSON about the export is printed.</param>
    /// <exception cref="UserException">There is no such law, or the file cannot be written.</exception>
    public static void Write(LawFormat format, IReadOnlyList<string> names, string? path, bool asJson)
    {
        NamedLaw[] laws = [.. names.Distinct().Select(n => new NamedLaw(n, LawCatalog.Open(n)))];
        string text = format.Write(laws);
        string ids = string.Join(", ", laws.Select(l => l.Law.Id));
        if (path is not null)
        {
            TextFile.WriteWhole(path, text);
        }
        if (asJson)
        {
            string name = (laws.Length == 1 ? laws[0].Law.Id : "laws") + format.Ending;
            Json.Write(new ExportJson(format.Name, ids, [new ExportedFileJson(name, path, path is null ? text : null)], []));
        }
        else if (path is null)
        {
            Console.Out.Write(text);
        }
        else
        {
            Page.Paragraph($"{ids} for {format.Name}, written to {path}.");
        }
    }
}
