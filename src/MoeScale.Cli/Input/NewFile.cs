using System.CommandLine;
using MoeScale.Basics;

namespace MoeScale.Cli.Input;

/// <summary>Files that options name and a verb writes: it overwrites none.</summary>
internal static class NewFile
{
    /// <summary>Before the work, so that nothing is printed that then cannot be kept.</summary>
    /// <exception cref="UserException">The file exists, or its folder does not.</exception>
    public static void Require(ParseResult parsed, Option<string> option)
    {
        if (parsed.GetValue(option) is string path)
        {
            Require(path, option.Name);
        }
    }

    /// <exception cref="UserException">The file exists, or its folder does not.</exception>
    public static void Require(string path, string option)
    {
        if (Path.Exists(path))
        {
            throw new UserException($"{option} {path} exists already. Give another name, or remove it.");
        }
        if (path.Length == 0 || !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path))))
        {
            throw new UserException($"{option} '{path}' cannot be written: there is no such folder.");
        }
    }

    public static void Write(ParseResult parsed, Option<string> option, Func<string> text)
    {
        if (parsed.GetValue(option) is string path)
        {
            TextFile.WriteWhole(path, text());
        }
    }
}
