using FsCheck;
using FsCheck.Fluent;

namespace MoeScale.Charts.Tests;

public class EndLabelsTests
{
    private static double[]? Heights(params double[] wanted) =>
        EndLabels
            .Place(wanted.Select((w, i) => new EndLabel(i, 500, 60, w)), 10, 0, 100)
            ?.OrderBy(l => l.Series)
            .Select(l => l.Height)
            .ToArray();

    [Fact]
    public void Place_LabelsApart_StayWhereTheyAre() => Assert.Equal([50, 20, 80], Heights(50, 20, 80)!);

    /// <summary>Two labels at one height share the way: (0, 10) around their mean.</summary>
    [Fact]
    public void Place_TwoAtOnePlace_MoveByHalfASpacingEach() => Assert.Equal([45, 55], Heights(50, 50)!);

    /// <summary>Least squares of 40, 44, 60 with 10 between: 42 ∓ 5 for the pair, and the third is left alone.</summary>
    [Fact]
    public void Place_ACloseAndAFarOne_MovesOnlyTheClose() => Assert.Equal([37, 47, 60], Heights(40, 44, 60)!);

    [Fact]
    public void Place_AtTheEdge_StaysInside()
    {
        Assert.Equal([0, 10, 20], Heights(1, 0, 2)!.Order());
        Assert.Equal([90, 100], Heights(100, 100)!.Order());
    }

    [Fact]
    public void Place_MoreThanFit_IsNull()
    {
        Assert.NotNull(Heights(new double[11]));
        Assert.Null(Heights(new double[12]));
    }

    [Fact]
    public void Place_SideBySide_DoNotPush() =>
        Assert.All(EndLabels.Place([new(0, 0, 40, 50), new(1, 41, 40, 50)], 10, 0, 100)!, label => Assert.Equal(50, label.Height));

    [Fact]
    public void Place_AnyLabels_NeverOverlap() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(1000).WithReplay(20260301UL, 5UL),
            Prop.ForAll(
                Arb.From(Gen.Choose(0, 100).Two().NonEmptyListOf()),
                places =>
                {
                    if (
                        EndLabels.Place(places.Take(11).Select((p, i) => new EndLabel(i, 3 * p.Item1, 30, p.Item2)), 10, 0, 100)
                        is not IReadOnlyList<EndLabel> labels
                    )
                    {
                        return false; // eleven fit in any case
                    }
                    // The sums of the blocks round: some 1e-14 of a hundred.
                    return labels.All(a =>
                        a.Height is >= 0 and <= 100
                        && labels.All(b => a == b || Math.Abs(a.Left - b.Left) > 30 || Math.Abs(a.Height - b.Height) >= 10 - 1e-9)
                    );
                }
            )
        );
}
