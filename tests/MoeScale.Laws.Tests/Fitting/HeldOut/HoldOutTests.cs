using MoeScale.Basics;
using MoeScale.Laws.Fitting;
using MoeScale.Laws.Fitting.HeldOut;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Runs;
using MoeScale.Laws.Tests.Runs;
using MoeScale.Laws.Warnings;

namespace MoeScale.Laws.Tests.Fitting.HeldOut;

public class HoldOutTests
{
    private static readonly Law Law = LawCatalog.Open(SyntheticRuns.Chinchilla);

    // Losses fall from 10 to 1 with rising tokens, two rows at each number of tokens.
    private static readonly FitRows Ten = Rows(
        """
        active_params,tokens,loss,router
        1e8,1e9,10,hash
        2e8,1e9,9,hash
        1e8,2e9,8,top
        2e8,2e9,7,top
        1e8,4e9,6,top
        2e8,4e9,5,top
        1e8,8e9,4,hash
        2e8,8e9,3,hash
        1e8,16e9,2,hash
        2e8,16e9,1,hash
        """
    );

    [Theory]
    [InlineData("tokens > 3e9", "4,5,6,7,8,9")]
    [InlineData("router = 'top' and active_params = 1e8", "2,4")]
    [InlineData("lowest-loss:30%", "7,8,9")]
    [InlineData(" lowest-loss: 25 % ", "7,8,9")] // 2.5 rows
    [InlineData("lowest-loss:1", "9")]
    public void Splits_OneSplit_HoldsTheRowsOut(string text, string heldOut)
    {
        HoldOut holdOut = HoldOut.Parse(text);
        HoldOutSplit split = Assert.Single(holdOut.Splits(Ten));
        Assert.False(holdOut.IsRolling);
        Assert.Equal(heldOut, string.Join(',', split.HeldOut));
        Assert.Equal(Enumerable.Range(0, 10), split.Fitted.Concat(split.HeldOut).Order());
    }

    [Fact]
    public void Splits_RollingByTokens_NeverPartsEqualValues()
    {
        IReadOnlyList<HoldOutSplit> splits = HoldOut.Parse("rolling:tokens:3").Splits(Ten);
        // Four groups of 2.5 rows; the ends nearest to 2.5, 5 and 7.5 where the value changes are 2, 4 (as near as 6, and first) and 8.
        Assert.Equal(
            ["0,1 > 2,3", "0,1,2,3 > 4,5,6,7", "0,1,2,3,4,5,6,7 > 8,9"],
            splits.Select(s => $"{string.Join(',', s.Fitted)} > {string.Join(',', s.HeldOut)}")
        );
        Assert.Equal("tokens up to 1.00B predicts up to 2.00B", splits[0].Label);
    }

    [Fact]
    public void Splits_RollingByFormula_HasFourFoldsUnlessTold()
    {
        IReadOnlyList<HoldOutSplit> splits = HoldOut.Parse("rolling:6*active_params*tokens").Splits(Ten);
        // 6·N·D is 1, 2, 2, 4, 4, 8, 8, 16, 16, 32 in units of 6e17: ends at 1 (nearest to 2, as is 3), 3 (or 5, of 4), 5 (or 7, of 6), 7
        // (or 9, of 8).
        Assert.Equal([1, 3, 5, 7], splits.Select(s => s.Fitted.Count));
        Assert.Equal([2, 2, 2, 3], splits.Select(s => s.HeldOut.Count));
    }

    [Fact]
    public void Splits_RollingOverFewValues_HasFewerFolds()
    {
        Assert.Equal([5], HoldOut.Parse("rolling:active_params:4").Splits(Ten).Select(s => s.Fitted.Count));
    }

    [Theory]
    [InlineData("lowest-loss:0", "'0' after lowest-loss: is neither a share nor a number of rows. Write for example lowest-loss:20%")]
    [InlineData("lowest-loss:100%", "'100%' after lowest-loss:")]
    [InlineData("lowest-loss:2.5", "'2.5' after lowest-loss:")]
    [InlineData("lowest-loss", "'lowest-loss' is no way to hold rows out")]
    [InlineData(
        "random:20%",
        "'random:20%' is no way to hold rows out. Write a filter, such as \"tokens > 3e10\", or lowest-loss:20%, or rolling:tokens"
    )]
    [InlineData("rolling:", "rolling: needs a column")]
    [InlineData("rolling:tokens:0", "'0' after rolling:tokens: is no number of folds")]
    [InlineData("rolling:tokens:many", "'many' after rolling:tokens: is no number of folds")]
    [InlineData("tokens", "'hold_out'")]
    public void Parse_NoHoldOut_SaysWhatIsNeeded(string text, string complaint)
    {
        Assert.Contains(complaint, Assert.Throws<UserException>(() => HoldOut.Parse(text)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tokens > 3e10", "'hold_out' \"tokens > 3e10\" holds out none of 10 rows. Loosen it.")]
    [InlineData("tokens > 1", "holds out all 10 rows, so that none is left to fit. Tighten it.")]
    [InlineData("lowest-loss:10", "holds out all 10 rows")]
    [InlineData("lowest-loss:1%", "holds out none of 10 rows")]
    [InlineData("tokes > 1", "no column 'tokes'")]
    [InlineData("rolling:tokes", "no column 'tokes'")]
    [InlineData("rolling:router", "holds texts, no numbers")]
    [InlineData("rolling:0*tokens", "0*tokens is 0 in all 10 rows, so there is no forward")]
    [InlineData("rolling:tokens/(tokens - 1e9)", "has no finite value on line 2 of runs.csv")]
    public void Splits_OfNoUse_SaysWhy(string text, string complaint)
    {
        Assert.Contains(complaint, Assert.Throws<UserException>(() => HoldOut.Parse(text).Splits(Ten)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_Filter_ReportsTheFitToTheOtherRows()
    {
        RunTable table = SyntheticRuns.Grid(Law, noise: 0.002);
        FitRequest request = SyntheticRuns.Request(table, Law);
        HeldOutFit result = HeldOutFit.Run(request, HoldOut.Parse("tokens > 1e11"));

        Fit alone = LawFitter.Run(request with { Rows = request.Rows.Subset([.. Enumerable.Range(0, 30)]) });
        Assert.Equal(alone.Coefficients, result.Fit.Coefficients);
        Assert.Equal(30, result.Fitted!.Rows);
        Assert.Equal(6, result.HeldOut!.Rows);
        Assert.Equal(ErrorSummary.Of(alone, request.Rows.Subset([30, 31, 32, 33, 34, 35])), result.HeldOut);
        Assert.Empty(result.Folds);
        Assert.Empty(result.Notes);
    }

    [Fact]
    public void Run_Rolling_ReportsTheFitToAllRowsBesideItsFolds()
    {
        FitRequest request = SyntheticRuns.Request(SyntheticRuns.Grid(Law, noise: 0.002), Law);
        HeldOutFit result = HeldOutFit.Run(request, HoldOut.Parse("rolling:6*active_params*tokens:3"));

        Assert.Equal(LawFitter.Run(request).Coefficients, result.Fit.Coefficients);
        Assert.Equal(3, result.Folds.Count);
        Assert.Equal(36, result.Folds[^1].Fitted.Rows + result.Folds[^1].HeldOut.Rows);
        Assert.Equal(result.Folds.Sum(f => f.HeldOut.Rows), result.HeldOut!.Rows);
        // Sums in another order.
        Assert.Equal(
            Math.Sqrt(result.Folds.Sum(f => f.HeldOut.Rows * Math.Pow(f.HeldOut.Rmse, 2)) / result.HeldOut.Rows),
            result.HeldOut.Rmse,
            1e-12
        );
        Assert.Equal(result.Folds.Max(f => f.HeldOut.MaxAbs), result.HeldOut.MaxAbs);
    }

    [Fact]
    public void Run_RollingFromTooFewRows_SkipsThatFoldAndSaysSo()
    {
        FitRequest request = SyntheticRuns.Request(SyntheticRuns.Grid(Law, noise: 0.002, count: 5), Law);
        HeldOutFit result = HeldOutFit.Run(request, HoldOut.Parse("rolling:tokens:4"));
        Assert.Equal([10, 15, 20], result.Folds.Select(f => f.Fitted.Rows));
        Assert.Equal(new HeldOutNote.FoldTooSmall("tokens up to 1.00B predicts up to 3.00B", 5, 6), result.Notes[0]);
    }

    [Fact]
    public void Run_TooFewRowsLeft_SaysHowManyAreNeeded()
    {
        FitRequest request = new(LawForm.Of(Law), Ten) { Options = SyntheticRuns.Quick() };
        Assert.Equal(
            "'hold_out' \"lowest-loss:5\" leaves 5 rows of 10 to fit, "
                + "and 5 coefficients need at least 6. Hold out fewer rows, or hold some coefficients with 'fix'.",
            Assert.Throws<UserException>(() => HeldOutFit.Run(request, HoldOut.Parse("lowest-loss:5"))).Message
        );
        Assert.Contains(
            "never fits more than 5 rows",
            Assert.Throws<UserException>(() => HeldOutFit.Run(request, HoldOut.Parse("rolling:active_params"))).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Run_Rolling_TellsProgressOfTheWholeJob()
    {
        List<double> told = [];
        FitRequest request = SyntheticRuns.Request(SyntheticRuns.Grid(Law, noise: 0.002), Law);
        HeldOutFit.Run(
            request with
            {
                Options = request.Options with { Threads = 1, Progress = told.Add },
            },
            HoldOut.Parse("rolling:tokens:2")
        );
        Assert.Equal(told.Order(), told);
        Assert.Equal(1, told[^1], 1e-12);
    }

    private static FitRows Rows(string csv) => SyntheticRuns.Rows(Tables.Read(csv), Law);
}
