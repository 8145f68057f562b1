using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;

namespace MoeScale.Cli.Output;

/// <summary>What <c>--version</c> says: the version, and the commit and day of the sources that it was built from.</summary>
internal sealed class VersionLine : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        parseResult.InvocationConfiguration.Output.WriteLine(Text(typeof(VersionLine).Assembly));
        return 0;
    }

    // "moescale 0.1.0 (commit 201aedfa7805 of 2026-11-28)"; without the commit where the sources were not in a repository.
    private static string Text(Assembly assembly)
    {
        // The compiler's tools write "version+commit"; the day and the state of the folder come from the project file.
        string[] parts = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+', 2);
        string commit = parts.Length > 1 ? $" (commit {parts[1][..12]}{Of("CommitDate", " of ")}{Of("Changes", ", ")})" : "";
        return $"moescale {parts[0]}{commit}";

        string Of(string key, string before) =>
            assembly.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(a => a.Key == key)?.Value is { Length: > 0 } value
                ? before + value
                : "";
    }
}
