using MoeScale.Basics;
using MoeScale.Cli.Input;
using MoeScale.Exchange.Export;
using MoeScale.Reporting;

namespace MoeScale.Cli.Output;

/// <summary>Writes what an export came to: files, or one text on standard output, and what is to be known of them.</summary>
internal static class ExportPage
{
    /// <param name="target">Of the export.</param>
    /// <param name="subject">With its run.</param>
    /// <param name="options">All else.</param>
    /// <param name="path">The folder of a target that writes one, else the file; null to print a single text.</param>
    /// <param name="asJson">Whether JSON is printed.</param>
    /// <exception cref="UserException">The target cannot say what is asked, or a file cannot be written.</exception>
    public static void Write(ExportTarget target, ExportSubject subject, ExportOptions options, string? path, bool asJson)
    {
        if (target.Gaps(subject) is { Count: > 0 } gaps)
        {
            throw ExportWords.Refused(target, subject.Name, gaps);
        }
        Exported exported = target.Write(subject, options);
        if (path is null && !asJson && exported.Files is not [{ Text: not null }])
        {
            throw new UserException($"An export to {target.Name} writes several files. Give {ExportSettings.Out.To("FOLDER")}.");
        }
        string[]? paths = path is null ? null : Save(target, exported.Files, path);
        if (asJson)
        {
            Json.Write(ExportJson.Of(target, subject, exported, paths));
            return;
        }
        if (paths is null)
        {
            Console.Out.Write(exported.Files[0].Text);
        }
        else
        {
            Page.Paragraph($"{subject.Name} for {target.Title}, written to {path}.");
        }
        foreach (ExportNote note in exported.Notes)
        {
            Console.Error.WriteLine($"moescale: {ExportWords.Of(note).Say(CommandTerms.All)}.");
        }
    }

    private static string[] Save(ExportTarget target, IReadOnlyList<ExportedFile> files, string path)
    {
        if (!target.WritesFolder && files.Count == 1)
        {
            files[0].Save(path);
            return [path];
        }
        string[] paths = [.. files.Select(f => Path.Combine(path, f.Name))];
        try
        {
            foreach (string file in paths)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{path} cannot be made: {TextFile.Reason(e)}.");
        }
        foreach ((ExportedFile file, string name) in files.Zip(paths))
        {
            file.Save(name);
        }
        return paths;
    }
}
