using MoeScale.Basics;
using MoeScale.Cli.Input;
using MoeScale.Laws.Warnings;
using MoeScale.Reporting;
using MoeScale.Studies.Files;

namespace MoeScale.Cli.Tests;

/// <summary>The words of warnings: the command names its options, a study its keys, and nobody what cannot be given.</summary>
public class FitWordsTests
{
    public static TheoryData<FitWarning, string, string> Words =>
        new()
        {
            {
                new FitWarning.FewStarts(4000, 1),
                "only one of 4,000 starting points led to this optimum, so a lower one may have been missed; --starts tries more",
                "only one of 4,000 starting points led to this optimum, so a lower one may have been missed"
            },
            {
                new FitWarning.NoMinimum(),
                "the lowest point found is no minimum: the objective still falls there, or rounding decides it, "
                    + "mostly because a coefficient runs away; bound it, hold it with --fix, or give more varied runs",
                "the lowest point found is no minimum: the objective still falls there, or rounding decides it, "
                    + "mostly because a coefficient runs away; bound it, hold it with 'fit.fix', or give more varied runs"
            },
            {
                new FitWarning.AlikeRows(0.5, 40, "trunk"),
                "residuals of rows that differ in tokens alone are alike (correlation 0.50 in 40 groups), as in runs that branch from one "
                    + "trunk or of models that the law does not meet; intervals that take rows as independent are too narrow; "
                    + "--cluster trunk takes such rows together",
                "residuals of rows that differ in tokens alone are alike (correlation 0.50 in 40 groups), as in runs that branch from one "
                    + "trunk or of models that the law does not meet; intervals that take rows as independent are too narrow"
            },
            {
                new FitWarning.Outliers(2, 7, 10),
                "2 rows lie (the furthest on line 7 of the table) more than 10 times as far from the law as usual; "
                    + "where such runs diverged or differ, leave them out with --where",
                "2 rows lie (the furthest on line 7 of the table) more than 10 times as far from the law as usual; "
                    + "where such runs diverged or differ, leave them out with 'fit.where'"
            },
            {
                new FitWarning.SmallUnit("N", 70),
                "N is at most 70 in these rows, which looks like millions or billions; a plan counts parameters and tokens one by one; "
                    + "if a column of the table is in billions, map it, such as --map N=COLUMN*1e9",
                "N is at most 70 in these rows, which looks like millions or billions; a plan counts parameters and tokens one by one"
            },
            {
                new ComparisonNote.NothingHeldOut(),
                "no rows are held out, so laws are ranked by their error on the rows that they were fitted to, "
                    + "which favours more coefficients; --hold-out tests them on other rows",
                "no rows are held out, so laws are ranked by their error on the rows that they were fitted to, "
                    + "which favours more coefficients; 'fit.hold_out' tests them on other rows"
            },
            {
                new OpenDirection.TradeOff("A", "α", 0.999614),
                "A and α trade off: correlation 0.99961",
                "A and α trade off: correlation 0.99961"
            },
        };

    [Theory]
    [MemberData(nameof(Words))]
    public void Of_AWarning_SpeaksInTheTermsOfWhoeverSaysIt(FitWarning warning, string command, string study)
    {
        Assert.Equal(command, FitWords.Of(warning).Say(CommandTerms.All));
        Assert.Equal(study, FitWords.Of(warning).Say(StudyTerms.All));
    }

    /// <summary>A plan can give no option of the fit that made its law.</summary>
    [Fact]
    public void Of_AWarning_OutsideTheFit_SaysWhatToDoWithFit()
    {
        Assert.Equal(
            "only one of 4,000 starting points led to this optimum, so a lower one may have been missed; 'fit --starts' tries more",
            FitWords.Of(new FitWarning.FewStarts(4000, 1)).Say(CommandTerms.OutsideFit)
        );
        Assert.EndsWith("; 'fit --cluster trunk' takes such rows together", Said(new FitWarning.AlikeRows(0.5, 40, "trunk")));

        static string Said(FitWarning warning) => FitWords.Of(warning).Say(CommandTerms.OutsideFit);
    }

    /// <summary>Each has words, and none of them shows what should have become an option.</summary>
    [Fact]
    public void Of_AnyWarning_HasWords()
    {
        foreach (Type type in typeof(FitWarning).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(FitWarning)) && !t.IsAbstract))
        {
            System.Reflection.ConstructorInfo made = type.GetConstructors()[0];
            FitWarning warning = (FitWarning)made.Invoke([.. made.GetParameters().Select(p => Value(p.ParameterType))]);
            foreach (Terms terms in (Terms[])[CommandTerms.All, StudyTerms.All])
            {
                Assert.DoesNotContain("Setting {", FitWords.Of(warning).Say(terms), StringComparison.Ordinal);
            }
        }
    }

    private static object Value(Type type) =>
        type == typeof(int) ? 3
        : type == typeof(double) ? 0.5
        : type == typeof(string) ? "x"
        : (string[])["x", "y"];
}
