using System.CommandLine;
using System.Diagnostics;
using MoeScale.Basics;
using MoeScale.Cli.Input;
using MoeScale.Cli.Output;
using MoeScale.Laws;
using MoeScale.Laws.Fitting;
using MoeScale.Laws.Fitting.HeldOut;
using MoeScale.Laws.Fitting.IsoFlop;
using MoeScale.Laws.Runs;
using MoeScale.Laws.Warnings;
using MoeScale.Reporting;

namespace MoeScale.Cli.Verbs;

/// <summary><c>moescale fit</c>: a law from a table of runs, how sure it is, and what the data do not support.</summary>
internal static class FitVerb
{
    private static readonly Option<bool> Template = new("--template")
    {
        Description = "Print a law file to fill in, or that of --law, instead of fitting.",
    };
    private static readonly Option<bool> AsJson = new("--json") { Description = "Print JSON; docs/json.md explains the fields." };

    public static Command Create()
    {
        Command command = new("fit", "Fit a law to a table of runs: coefficients, how sure they are, and what the data do not support.")
        {
            FitArguments.Runs,
        };
        foreach (
            Option option in (Option[])
                [
                    FitArguments.LawName,
                    FitArguments.Formula,
                    FitArguments.Map,
                    FitArguments.Where,
                    FitArguments.BestOfColumns,
                    FitArguments.Weight,
                    FitArguments.SkipBadRows,
                    FitArguments.Fix,
                    FitArguments.Tie,
                    FitArguments.By,
                    FitArguments.HoldOutText,
                    FitArguments.Compare,
                    FitArguments.Bootstrap,
                    FitArguments.Cluster,
                    FitArguments.NoProfile,
                    FitArguments.Level,
                    FitArguments.Approach,
                    FitArguments.AsPublished,
                    FitArguments.ObjectiveKindName,
                    FitArguments.Delta,
                    FitArguments.Reduce,
                    FitArguments.Ridge,
                    FitArguments.Starts,
                    FitArguments.Seed,
                    FitArguments.Threads,
                    FitArguments.Out,
                    FitArguments.Id,
                    FitArguments.Cost,
                    FitArguments.Family,
                    FitArguments.Svg,
                    FitArguments.Png,
                    PictureFiles.Html,
                    Template,
                    AsJson,
                ]
        )
        {
            command.Options.Add(option);
        }
        Help.AddExamples(
            command,
            [
                "moescale fit my-runs.csv --law joint-2025 --out my-law.yaml",
                "moescale fit my-runs.csv --law chinchilla-2024 --map N=params,L=val_loss --bootstrap 1000",
                "moescale fit my-runs.csv --formula \"c + a*N^-α + b*D^-β\" --map N=params,D=tokens",
                "moescale fit my-runs.csv --law joint-2025 --where \"step >= 240000\" --hold-out lowest-loss:20%",
                "moescale fit my-runs.csv --law chinchilla-2024 --map 'L=`val/loss`' --where '`val/loss` < 6'",
                "moescale fit my-runs.csv 'my-logs/*.jsonl' more-runs/ --law joint-2025",
                "moescale fit my-runs.csv --compare chinchilla-2024,joint-2025 --hold-out \"tokens > 3e10\"",
                "moescale fit --template",
            ]
        );
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        if (parsed.GetValue(Template))
        {
            if (parsed.GetValue(FitArguments.Formula) is not null || parsed.GetValue(FitArguments.Runs) is { Length: > 0 })
            {
                throw new UserException(
                    "--template prints a law file, from --law if that is given, and reads neither a formula nor a table. Leave them out."
                );
            }
            if (
                parsed.CommandResult.Command.Options.FirstOrDefault(o =>
                    o != Template && o != FitArguments.LawName && parsed.GetResult(o) is { Implicit: false }
                )
                is Option other
            )
            {
                throw new UserException(
                    $"--template prints a law file to fill in, which is YAML, and fits nothing: "
                        + $"{other.Name} says nothing to it. Leave one of the two out."
                );
            }
            Console.Out.Write(FitTemplate.Text(parsed.GetValue(FitArguments.LawName)));
            return 0;
        }
        PictureFiles.Require(parsed);
        return parsed.GetValue(FitArguments.Compare) is null ? RunFit(parsed) : RunComparison(parsed);
    }

    private static int RunFit(ParseResult parsed)
    {
        FitQuestion question = FitQuestion.Read(parsed);
        NewFile.Require(parsed, FitArguments.Out);
        foreach (Option<string> picture in (Option<string>[])[FitArguments.Svg, FitArguments.Png])
        {
            if (parsed.GetValue(picture) is string file)
            {
                NewFile.Require(parsed, picture);
                NewFile.Require(FitCharts.ResidualsPath(file), picture.Name);
            }
        }
        FitAnswer answer = Answer(question);
        Law? law = answer.IsLaw ? FitChecklist.Fill(answer.Draft, answer.Fit, answer.HeldOut) : null;
        string? path = parsed.GetValue(FitArguments.Out);
        string? written = law is not null ? path : null;
        if (written is not null)
        {
            string folder = Path.GetDirectoryName(Path.GetFullPath(written))!;
            TextFile.WriteWhole(written, LawWriter.Write(law!, "Written by moescale fit.", folder));
        }
        if (answer.Fit.HasValue)
        {
            Draw(parsed, answer);
        }
        Told.Write(
            parsed,
            parsed.GetValue(AsJson),
            () => FitJson.Of(answer, written),
            () => FitPage.Write(answer, law, written),
            () => [FitCharts.Observed(answer), FitCharts.Residuals(answer)],
            answer.Fit.HasValue
        );
        string lost = path is not null && written is null ? $" {path} is not written." : "";
        return FitPage.WhyNot(answer) is string reason ? NoAnswer.Because(reason + lost) : 0;
    }

    private static void Draw(ParseResult parsed, FitAnswer answer)
    {
        if (parsed.GetValue(FitArguments.Svg) is string svg)
        {
            TextFile.WriteWhole(svg, FitCharts.Observed(answer).ToSvg());
            TextFile.WriteWhole(FitCharts.ResidualsPath(svg), FitCharts.Residuals(answer).ToSvg());
        }
        if (parsed.GetValue(FitArguments.Png) is string png)
        {
            PngFile.Write(png, FitCharts.Observed(answer).ToSvg(), FitArguments.Png.Name);
            PngFile.Write(FitCharts.ResidualsPath(png), FitCharts.Residuals(answer).ToSvg(), FitArguments.Png.Name);
        }
    }

    private static FitAnswer Answer(FitQuestion question)
    {
        using FitWatch watch = new();
        Stopwatch clock = Stopwatch.StartNew();
        FitRequest request = question.Request with
        {
            Options = question.Request.Options with { Progress = watch.Report, Cancel = watch.Token },
        };
        watch.Stage("fit");
        HeldOutFit? held =
            question.Published?.Run(request) ?? (question.HoldOut is HoldOut holdOut ? HeldOutFit.Run(request, holdOut) : null);
        Fit fit = held?.Fit ?? LawFitter.Run(request);
        List<FitGroup> groups = [];
        if (question.By is string column)
        {
            foreach (RowGroup group in fit.Rows.Groups(column, FitArguments.By.Name).TakeWhile(_ => !watch.IsStopped))
            {
                watch.Stage($"{column} = {group.Label}");
                groups.Add(FitGroup.Run(group, request with { Rows = fit.Rows.Subset([.. group.Rows]) }));
            }
        }
        (IsoFlopApproach? parabolas, IsoFlopNote.NoCurves? noParabolas) = question.IsoFlop && !watch.IsStopped ? Parabolas(fit) : default;
        return new FitAnswer(question, fit, clock.Elapsed.TotalSeconds)
        {
            HeldOut = held,
            Groups = groups,
            Parabolas = parabolas,
            NoParabolas = noParabolas,
            IsStopped = watch.IsStopped,
        };
    }

    /// <summary>The fit stands also where no parabolas can be drawn beside it.</summary>
    private static (IsoFlopApproach? Parabolas, IsoFlopNote.NoCurves? Reason) Parabolas(Fit fit)
    {
        try
        {
            return (IsoFlopApproach.Run(fit.Rows, fit), null);
        }
        catch (UserException e)
        {
            return (null, new IsoFlopNote.NoCurves { Reason = e.Phrase });
        }
    }

    private static int RunComparison(ParseResult parsed)
    {
        using FitWatch watch = new();
        Stopwatch clock = Stopwatch.StartNew();
        watch.Stage("compare");
        RunTable table = FitQuestion.ReadTable(parsed);
        LawComparison comparison = FitComparison.Run(parsed, table, o => o with { Progress = watch.Report, Cancel = watch.Token });
        bool stopped = watch.IsStopped;
        Told.Write(
            parsed,
            parsed.GetValue(AsJson),
            () => LawComparisonJson.Of(comparison, table, !stopped, clock.Elapsed.TotalSeconds),
            () => LawComparisonPage.Write(comparison, table, parsed.GetValue(FitArguments.HoldOutText)),
            isAnswer: comparison.Laws.Any(l => l.Rank is not null)
        );
        return stopped ? NoAnswer.Because("stopped: the comparison is not finished.")
            : comparison.Laws.All(l => l.Rank is null) ? NoAnswer.Because("no law could be fitted to these rows; the reasons stand above.")
            : 0;
    }
}
