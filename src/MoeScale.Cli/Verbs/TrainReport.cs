using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Cli.Input;
using MoeScale.Cli.Output;

namespace MoeScale.Cli.Verbs;

/// <summary><c>train --report</c>: what the routers of a run did. It trains nothing, and reads runs that are on their way too.</summary>
internal static class TrainReport
{
    private const string Drawings = "report";

    public static bool IsAsked(ParseResult parsed) => parsed.GetResult(TrainArguments.Report) is not null;

    public static int Run(ParseResult parsed)
    {
        string? named = parsed.GetValue(TrainArguments.Report);
        string? folder = parsed.GetValue(TrainArguments.Out);
        if (named is not null && folder is not null)
        {
            throw new UserException("--report and --out name two folders. Give the folder of the run once.");
        }
        if (parsed.GetValue(TrainArguments.Config) is not null)
        {
            throw new UserException("--config trains and --report reports. Leave one of them out.");
        }
        RouterReport report = RouterReport.Open(
            named ?? folder ?? throw new UserException("nothing says which run to report of. Give --report FOLDER.")
        );
        List<string> files = [];
        foreach ((string name, string svg) in RouterCharts.Draw(report))
        {
            string path = Path.Combine(report.Folder, Drawings, name);
            if (files.Count == 0)
            {
                Make(Path.GetDirectoryName(path)!);
            }
            TextFile.WriteWhole(path, svg);
            files.Add(Path.Combine(Drawings, name));
        }
        if (parsed.GetValue(TrainArguments.AsJson))
        {
            Json.Write(RouterReportJson.Of(report, files));
            return 0;
        }
        RouterPage.Write(report, files);
        return 0;
    }

    private static void Make(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{folder} cannot be made: {TextFile.Reason(e)}.");
        }
    }
}
