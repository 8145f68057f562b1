using System.Text;
using System.Text.RegularExpressions;

namespace MoeScale.Basics;

/// <summary>Files that a user means by a folder, or by a pattern that no shell has expanded.</summary>
public static class GivenFiles
{
    private const int MaxFiles = 100_000;
    private const int MaxDepth = 32;

    private static readonly char[] Wildcards = ['*', '?', '['];

    // A link would be read twice, or lead in a circle.
    private static readonly EnumerationOptions Whole = new()
    {
        RecurseSubdirectories = true,
        IgnoreInaccessible = true,
        AttributesToSkip = FileAttributes.ReparsePoint,
        MaxRecursionDepth = MaxDepth,
    };

    /// <summary>All plain files of a folder and its folders, by name; links are not followed.</summary>
    /// <exception cref="UserException">There are more than 100,000.</exception>
    public static IReadOnlyList<string> In(string folder)
    {
        string[] files =
        [
            .. Directory.EnumerateFiles(folder, "*", Whole).Where(PlainFile.IsPlain).Take(MaxFiles + 1).Order(StringComparer.Ordinal),
        ];
        return files.Length <= MaxFiles
            ? files
            : throw new UserException($"{folder} has more than {MaxFiles} files. Name the folders of the runs.");
    }

    /// <summary>Whether a path is a pattern, <c>runs/*.csv</c>, and not the name of something that is there.</summary>
    public static bool IsPattern(string path) => path.IndexOfAny(Wildcards) >= 0 && !Path.Exists(path);

    /// <summary>
    /// Files and folders that a pattern means, by name: <c>*</c> and <c>?</c> stand for any letters or letter but '/', <c>[ab]</c> for
    /// one of some, and <c>**</c> for any number of folders. As in a shell, a name that begins with a point is meant only where the
    /// pattern has one.
    /// </summary>
    /// <exception cref="UserException">Nothing is there, or more than 100,000 files.</exception>
    public static IReadOnlyList<string> Matching(string pattern)
    {
        bool isRooted = Path.IsPathRooted(pattern);
        string root = isRooted ? Path.GetPathRoot(pattern)! : "";
        string[] parts = pattern[root.Length..].Split(['/', Path.DirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);
        IEnumerable<string> found = [root];
        foreach ((int i, string part) in parts.Index())
        {
            bool isLast = i == parts.Length - 1;
            found = found.SelectMany(folder => Step(folder, part, isLast)).Take(MaxFiles + 1);
        }
        string[] files;
        try
        {
            files = [.. found.Distinct().Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UserException($"{pattern} cannot be looked up: {TextFile.Reason(e)}.");
        }
        return files.Length == 0 ? throw new UserException($"{pattern} is a pattern that no file matches.")
            : files.Length > MaxFiles ? throw new UserException($"{pattern} matches more than {MaxFiles} files. Name fewer.")
            : files;
    }

    private static IEnumerable<string> Step(string folder, string part, bool isLast)
    {
        if (part.IndexOfAny(Wildcards) < 0)
        {
            string path = Path.Combine(folder, part);
            return (isLast ? Path.Exists(path) : Directory.Exists(path)) ? [path] : [];
        }
        string from = folder.Length == 0 ? "." : folder;
        if (!Directory.Exists(from))
        {
            return [];
        }
        if (part == "**")
        {
            IEnumerable<string> folders = Directory.EnumerateDirectories(from, "*", Whole).Select(f => Named(folder, from, f));
            folders = folders.Where(f => !Path.GetFileName(f).StartsWith('.')).Prepend(folder);
            return isLast ? folders.SelectMany(f => Step(f, "*", true)) : folders;
        }
        Regex name = Pattern(part);
        IEnumerable<string> entries = isLast ? Directory.EnumerateFileSystemEntries(from) : Directory.EnumerateDirectories(from);
        return entries
            .Where(e => Path.GetFileName(e) is string file && (part[0] == '.' || file[0] != '.') && name.IsMatch(file))
            .Select(e => Named(folder, from, e));
    }

    // What was found in "." is named without it, as the pattern has it.
    private static string Named(string folder, string from, string path) => folder.Length == 0 ? Path.GetRelativePath(from, path) : path;

    private static Regex Pattern(string part)
    {
        StringBuilder text = new("^");
        for (int i = 0; i < part.Length; i++)
        {
            int end = part[i] == '[' ? part.IndexOf(']', Math.Min(i + 2, part.Length)) : -1;
            if (end > 0)
            {
                string set = part[(i + 1)..end]
                    .Replace(@"\", @"\\", StringComparison.Ordinal)
                    .Replace("[", @"\[", StringComparison.Ordinal);
                text.Append('[').Append(set.StartsWith('!') ? $"^{set[1..]}" : set).Append(']');
                i = end;
                continue;
            }
            _ = part[i] switch
            {
                '*' => text.Append(".*"),
                '?' => text.Append('.'),
                char c => text.Append(Regex.Escape(c.ToString())),
            };
        }
        // Without backtracking no pattern takes long.
        return new Regex(text.Append('$').ToString(), RegexOptions.NonBacktracking | RegexOptions.Singleline);
    }
}
