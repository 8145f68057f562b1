using System.CommandLine;
using System.Globalization;
using MoeScale.Basics;
using MoeScale.Cli.Input;
using MoeScale.Cli.Output;
using MoeScale.Exchange.Export;
using MoeScale.Models;
using MoeScale.Planning;
using MoeScale.Planning.Hardware;
using MoeScale.Reporting;

namespace MoeScale.Cli.Verbs;

/// <summary>
/// <c>moescale plan</c>: the best model under compute, memory and inference budgets, and the same question asked along a budget or
/// backwards.
/// </summary>
internal static class PlanVerb
{
    private const int DefaultPoints = 49;

    private static readonly Option<string> FrontierRange = new("--frontier")
    {
        HelpName = "AXIS=LOW..HIGH",
        Description = "Sweep one budget: memory=16GB..640GB, flops=1e19..1e24 or inference-tokens=1B..10T.",
    };
    private static readonly Option<string> Points = new("--points")
    {
        HelpName = "N",
        Description = $"Points of --frontier. Default {DefaultPoints}.",
    };
    private static readonly Option<string> IsoFlops = new("--isoflop")
    {
        HelpName = "LIST",
        Description = "Loss against size at each of these compute budgets, e.g. 1e19,1e20,1e21.",
    };
    private static readonly Option<string> TargetLoss = new("--target-loss")
    {
        HelpName = "LOSS",
        Description = "The fewest FLOPs that reach this loss; with a compute budget, the least memory.",
    };
    private static readonly Option<string> Out = new("--out")
    {
        HelpName = "FILE",
        Description = "Write the best model as a model file (YAML), or as --export says.",
    };
    private static readonly Option<string> Csv = new("--csv")
    {
        HelpName = "FILE",
        Description = "Write every point of --frontier or --isoflop as CSV.",
    };
    private static readonly Option<string> Svg = new("--svg") { HelpName = "FILE", Description = "Draw --frontier or --isoflop as SVG." };
    private static readonly Option<bool> AsJson = new("--json") { Description = "Print JSON; docs/json.md explains the fields." };

    public static Command Create()
    {
        Command command = new("plan", "Find the best model under compute, memory and inference budgets.");
        foreach (
            Option option in (Option[])
                [.. PlanOptions.All, FrontierRange, Points, IsoFlops, TargetLoss, Out, .. ExportArguments.BesidePlan, Csv, Svg, AsJson]
        )
        {
            command.Options.Add(option);
        }
        Help.AddExamples(
            command,
            [
                "moescale plan --flops 1e22 --memory 80GB --kv-tokens 16k",
                "moescale plan --gpus 64xH100 --days 30 --memory 8xH100 --sequences 64 --context 32k",
                "moescale plan --flops 1e21 --inference-tokens 100B --experts 1,8",
                "moescale plan --flops 1e20 --law fine-grained-2024 --json",
                "moescale plan --flops 1e22 --law joint-2025,abnar-2025",
                "moescale plan --flops 1e22 --frontier memory=16GB..640GB --svg frontier.svg",
                "moescale plan --isoflop 1e19,1e20,1e21 --csv curves.csv --svg curves.svg",
                "moescale plan --target-loss 2.2 --memory 80GB",
                "moescale plan --gpus 64xH100 --days 10 --export megatron --tp 2",
            ]
        );
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        CheckQuestion(parsed);
        foreach (Option<string> file in (Option<string>[])[Out, Csv, Svg])
        {
            NewFile.Require(parsed, file);
        }
        if (parsed.GetValue(FrontierRange) is string frontier)
        {
            return RunFrontier(parsed, frontier);
        }
        if (parsed.GetValue(IsoFlops) is not null)
        {
            return RunIsoFlops(parsed);
        }
        if (parsed.GetValue(TargetLoss) is string target)
        {
            return RunTarget(parsed, target);
        }
        IReadOnlyList<PlanRequest> requests = PlanOptions.ReadRequests(parsed);
        Deployment deployment = PlanOptions.ReadDeployment(parsed);
        return requests.Count == 1 ? Answer(parsed, Planner.Solve(requests[0]), deployment) : SideBySide(parsed, requests, deployment);
    }

    private static int Answer(ParseResult parsed, Plan plan, Deployment deployment, TargetJson? target = null)
    {
        if (parsed.GetValue(ExportArguments.OfPlan) is not null && plan.Best is not null)
        {
            return Export(parsed, plan.Best, ConfigurationJson.Of(plan.Best, plan.Request.Budget, deployment));
        }
        if (parsed.GetValue(AsJson))
        {
            Json.Write(PlanJson.Of(plan, deployment, CommandTerms.All, target));
        }
        else
        {
            PlanPage.Write(plan, deployment);
        }
        if (plan.Best is null)
        {
            return NoAnswer.Because(MisfitWords.NothingFits(plan));
        }
        NewFile.Write(parsed, Out, () => ModelFile.Write(plan.Best.Model));
        return 0;
    }

    private static int Export(ParseResult parsed, Configuration best, ConfigurationJson told)
    {
        ExportTarget target = ExportArguments.ReadTarget(parsed, ExportArguments.OfPlan);
        ExportOptions options = ExportArguments.ReadOptions(parsed, PlanOptions.ReadDevices(parsed));
        ExportSubject subject = ExportArguments.Complete(parsed, target, ExportWhat.OfPlan(best.Model, told), options);
        ExportPage.Write(target, subject, options, parsed.GetValue(Out), parsed.GetValue(AsJson));
        return 0;
    }

    private static int SideBySide(ParseResult parsed, IReadOnlyList<PlanRequest> requests, Deployment deployment)
    {
        Plan[] plans = [.. requests.Select(Planner.Solve)];
        if (parsed.GetValue(AsJson))
        {
            Json.Write(new PlansJson([.. plans.Select(p => PlanJson.Of(p, deployment, CommandTerms.All))], [WarningJson.NotComparable]));
        }
        else
        {
            SideBySidePage.Write(plans, deployment);
        }
        return plans.All(p => p.Best is null) ? NoAnswer.Because(MisfitWords.NothingFits(plans[0])) : 0;
    }

    private static int RunFrontier(ParseResult parsed, string text)
    {
        (BudgetAxis axis, double low, double high) = FrontierText.Parse(text, FrontierRange.Name);
        PlanOptions.Given given = PlanOptions.ReadGiven(parsed);
        bool twice = axis switch
        {
            BudgetAxis.Flops => given.Compute,
            BudgetAxis.Memory => given.Memory,
            _ => given.Inference,
        };
        if (twice)
        {
            throw new UserException($"--frontier {text} sweeps a budget that is also given as one value. Leave that one out.");
        }
        PlanRequest request = Only(PlanOptions.ReadRequests(parsed, axis == BudgetAxis.Flops ? low : null), FrontierRange);
        double points = Options.Whole(parsed, Points, Frontier.MaxPoints) ?? DefaultPoints;
        Frontier frontier = Frontier.Sweep(request, axis, low, high, (int)points);
        if (parsed.GetValue(AsJson))
        {
            Json.Write(FrontierJson.Of(request, frontier));
        }
        else
        {
            FrontierPage.Write(request, frontier);
        }
        if (frontier.Points.All(p => p.Plan.Best is null))
        {
            return NoAnswer.Because(MisfitWords.NothingFits(frontier.Points[^1].Plan));
        }
        NewFile.Write(parsed, Csv, () => FrontierPage.Csv(frontier));
        NewFile.Write(parsed, Svg, () => FrontierPage.Chart(request, frontier).ToSvg());
        return 0;
    }

    private static int RunIsoFlops(ParseResult parsed)
    {
        if (PlanOptions.ReadGiven(parsed).Compute)
        {
            throw new UserException("--isoflop gives the compute budgets itself. Leave the other one out.");
        }
        IReadOnlyList<double> budgets =
        [
            .. Options.List(parsed, IsoFlops)!.Select(f => Options.Bounded(f, IsoFlops, Budget.Largest)).Distinct().Order(),
        ];
        PlanRequest request = Only(PlanOptions.ReadRequests(parsed, budgets[0]), IsoFlops);
        IReadOnlyList<IsoFlopCurve> curves = IsoFlop.Curves(request, budgets);
        if (parsed.GetValue(AsJson))
        {
            Json.Write(IsoFlopJson.Of(request, curves));
        }
        if (curves.Count == 0)
        {
            return NoAnswer.Because(
                MisfitWords.NothingFits(Planner.Solve(request with { Budget = request.Budget with { Flops = budgets[^1] } }))
            );
        }
        if (!parsed.GetValue(AsJson))
        {
            IsoFlopPage.Write(request, curves);
        }
        NewFile.Write(parsed, Csv, () => IsoFlopPage.Csv(curves));
        NewFile.Write(parsed, Svg, () => IsoFlopPage.Chart(request, curves).ToSvg());
        return 0;
    }

    private static int RunTarget(ParseResult parsed, string text)
    {
        double loss = Quantity.ParsePositiveCount(text, TargetLoss.Name);
        PlanOptions.Given given = PlanOptions.ReadGiven(parsed);
        if (given is { Compute: true, Memory: true })
        {
            throw new UserException(
                "--target-loss with a compute budget asks for the least memory, so --memory contradicts it. Leave one of the three out."
            );
        }
        PlanRequest request = Only(PlanOptions.ReadRequests(parsed, given.Compute ? null : 1), TargetLoss);
        TargetResult result = given.Compute ? Reverse.MinMemory(request, loss) : Reverse.FewestFlops(request, loss);
        if (result.Plan is Plan plan)
        {
            if (!parsed.GetValue(AsJson) && parsed.GetValue(ExportArguments.OfPlan) is null)
            {
                TargetPage.Write(plan, loss, given.Compute, result);
                Page.BlankLine();
            }
            return Answer(parsed, plan, PlanOptions.ReadDeployment(parsed), TargetJson.Of(loss, given.Compute, result));
        }
        if (parsed.GetValue(AsJson))
        {
            // No FLOPs were asked for, so there are none to tell.
            PlanRequest asked = given.Compute ? request : request with { Budget = request.Budget with { Flops = double.NaN } };
            Json.Write(
                PlanJson.Of(
                    new Plan(asked, null, [], [], null, []),
                    PlanOptions.ReadDeployment(parsed),
                    CommandTerms.All,
                    TargetJson.Of(loss, given.Compute, result)
                )
            );
        }
        string limits = given.Compute ? "within these FLOPs, whatever the memory" : "within these limits, with up to 1e32 FLOPs";
        return NoAnswer.Because(
            result.LowestLoss is double lowest
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"no model reaches a loss of {loss}: the lowest that {request.Law.Id} predicts {limits}, is {lowest:0.0000}."
                )
                : $"no model reaches a loss of {loss}: nothing fits {limits}."
        );
    }

    private static PlanRequest Only(IReadOnlyList<PlanRequest> requests, Option option) =>
        requests.Count == 1
            ? requests[0]
            : throw new UserException($"{option.Name} answers by one law; --law names {requests.Count}. Ask for each by itself.");

    private static void CheckQuestion(ParseResult parsed)
    {
        Option<string>[] asked = [.. new[] { FrontierRange, IsoFlops, TargetLoss }.Where(o => parsed.GetValue(o) is not null)];
        if (asked.Length > 1)
        {
            throw new UserException($"{asked[0].Name} and {asked[1].Name} ask two questions. Ask them one by one.");
        }
        // A frontier of memory has a limit at each point, and the least memory is one.
        if (
            PlanOptions.ReadGiven(parsed) is { LooseHeadroom: true, Compute: bool compute }
            && parsed.GetValue(FrontierRange)?.TrimStart().StartsWith("memory", StringComparison.OrdinalIgnoreCase) != true
            && !(compute && parsed.GetValue(TargetLoss) is not null)
        )
        {
            throw new UserException(
                "--headroom keeps a part of --memory or --training-memory free. Give one of them too, or leave --headroom out."
            );
        }
        bool sweeps = asked.Length == 1 && asked[0] != TargetLoss;
        foreach (Option<string> option in (Option<string>[])[Csv, Svg])
        {
            if (parsed.GetValue(option) is not null && !sweeps)
            {
                throw new UserException(
                    $"{option.Name} keeps the points of --frontier or --isoflop. Ask for one of them, or leave it out."
                );
            }
        }
        CheckExport(parsed, sweeps);
        if (parsed.GetValue(Points) is not null && parsed.GetValue(FrontierRange) is null)
        {
            throw new UserException("--points belongs to --frontier.");
        }
        if (parsed.GetValue(Out) is null)
        {
            return;
        }
        if (sweeps)
        {
            throw new UserException($"--out writes one model, and {asked[0].Name} weighs many. Leave one out.");
        }
        if (PlanOptions.ReadGiven(parsed).Continuous)
        {
            throw new UserException(
                "--continuous and --out contradict each other: a model of continuous sizes cannot be built. Leave one out."
            );
        }
        if (PlanOptions.ReadLawCount(parsed) > 1)
        {
            throw new UserException("--out writes the model of one law; --law names several. Choose one.");
        }
    }

    private static void CheckExport(ParseResult parsed, bool sweeps)
    {
        string? target = parsed.GetValue(ExportArguments.OfPlan);
        if (target is null && ExportArguments.LooseBesidePlan(parsed) is string option)
        {
            throw new UserException($"{option} belongs to --export. Give that too, or leave it out.");
        }
        if (target is null)
        {
            return;
        }
        if (sweeps || PlanOptions.ReadGiven(parsed).Continuous || PlanOptions.ReadLawCount(parsed) > 1)
        {
            throw new UserException(
                "--export writes one model that can be built, by one law: leave out --frontier, --isoflop, --continuous and further laws."
            );
        }
        ExportArguments.ReadTarget(parsed, ExportArguments.OfPlan);
    }
}
