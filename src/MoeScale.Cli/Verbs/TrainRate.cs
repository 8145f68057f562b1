using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Laws;
using MoeScale.Models;

namespace MoeScale.Cli.Verbs;

/// <summary>The peak learning rate and why it is that.</summary>
/// <param name="Rate">Of a sweep: where it begins.</param>
/// <param name="From">As run.json says it: "given", "law joint-2025-lr", "default", "sweep".</param>
/// <param name="Reason">For people.</param>
internal sealed record TrainRate(double Rate, string From, string Reason)
{
    public const string Swept = "sweep";

    private const string LawId = "joint-2025-lr";

    // Small runs like a rate near 0.256 / d_model: 4e-3 at 64, 2e-3 at 128, 1e-3 at 256. Beyond these it was not measured. docs/training.md has the figures.
    private const double TimesWidth = 0.256;
    private const double Lowest = 1e-3;
    private const double Highest = 4e-3;

    /// <exception cref="UserException">The rate is no rate, or given twice.</exception>
    public static TrainRate Read(ParseResult parsed, Model model)
    {
        double? given = Options.Positive(parsed, TrainArguments.Rate);
        bool isSwept = parsed.GetValue(TrainArguments.SweepRate);
        if (given is not null && isSwept)
        {
            throw new UserException("--lr gives the rate that --sweep-lr would look for. Give one of them.");
        }
        if (!isSwept && parsed.GetValue(TrainArguments.SweepTokens) is not null)
        {
            throw new UserException("--sweep-tokens belongs to --sweep-lr. Give that too, or leave it out.");
        }
        if (given is double rate)
        {
            return new TrainRate(Options.Bounded(rate, TrainArguments.Rate, 1), "given", "as given");
        }
        TrainRate usual = Usual(model);
        return isSwept ? new TrainRate(usual.Rate, Swept, "the best of a sweep") : usual;
    }

    private static TrainRate Usual(Model model)
    {
        Law law = LawCatalog.Open(LawId);
        double[] columns = new double[ModelColumns.Names.Count];
        ModelColumns.Fill(model, Census.Of(model), columns);
        double? Column(string name) => ModelColumns.Names.ToList().IndexOf(name) is >= 0 and int i ? columns[i] : null;
        double value = law.Evaluate([.. law.Variables.Select(v => v.Value(Column)!.Value)]);
        IReadOnlyList<Excess> outside = RangeCheck.OutsideColumns(law, Column);
        return outside.Count == 0
            ? new TrainRate(value, $"law {LawId}", $"of the law {LawId}")
            : new TrainRate(Math.Clamp(TimesWidth / model.ModelWidth, Lowest, Highest), "default", FormattableString.Invariant($"the default of small runs, 0.256 / d_model within 1e-3 and 4e-3; {LawId} would say {value:0.0e0}, but {outside[0]}, the end of its experiments"));
    }
}
