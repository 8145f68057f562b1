using MoeScale.Basics;
using MoeScale.Studies.Costs;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Tests;

public sealed class CostTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Flops_OfACell_AreThoseOfItsRuns()
    {
        Cell cell = TinyStudy.Read(_folder).Cells[0];
        CellCost cost = CellCost.Of(cell, 1e-3);
        Assert.Equal(3 * cell.Census.MatrixFlopsPerToken * ((0.8 * 8000) + (0.2 * 12000)), cost.Flops, 1e-6 * cost.Flops);
        // Scoring 512 tokens after each of two runs costs a third of training on them.
        Assert.Equal(1e-3 * (8800 + (2 * 512 / 3.0)), cost.Seconds!.Value, 1e-9);
    }

    /// <summary>Leaving a run out must cost the least information for its FLOPs: checked against all other single runs.</summary>
    [Fact]
    public void Economy_OfALimit_KeepsItAndNamesWhatWent()
    {
        Study study = TinyStudy.Read(_folder, TinyStudy.Text.Replace("[16, 24]", "[16, 24, 32, 48]", StringComparison.Ordinal).Replace("[4k, 8k]", "[4k, 8k, 16k]", StringComparison.Ordinal));
        double Flops(IReadOnlyList<Cell> cells) => StudyCost.Of(cells, study.Trainer, null, 1).Flops;
        double all = Flops(study.Cells);
        (IReadOnlyList<Cell> cells, IReadOnlyList<LeftOutRun> leftOut) = Economy.Choose(study, Flops, 0.5 * all);
        Assert.True(Flops(cells) <= 0.5 * all);
        Assert.Equal(12, cells.Sum(c => c.Lengths.Count) + leftOut.Count);
        Assert.Equal(1 - (Flops(cells) / all), leftOut.Sum(l => l.CostShare), 1e-9);
        Assert.All(leftOut, l => Assert.InRange(l.ToldShare, 0, 1));
        // Repeated runs tell less: of two that agree in all but the seed one goes first.
        Study twice = TinyStudy.Read(_folder, TinyStudy.Text.Replace("d_model: [16, 24]", "d_model: [16, 24, 32], seed: [0, 1]", StringComparison.Ordinal).Replace("branches: [4k, 8k]", "tokens: 8k", StringComparison.Ordinal));
        double one = StudyCost.Of(twice.Cells, twice.Trainer, null, 1).Flops;
        LeftOutRun first = Economy.Choose(twice, c => StudyCost.Of(c, twice.Trainer, null, 1).Flops, 0.99 * one).LeftOut[0];
        Assert.True(first.ToldShare < 0.6, $"{first}");
    }

    [Fact]
    public void Economy_OfTooLittle_SaysWhatTheCheapestCosts() =>
        Assert.StartsWith("no run costs so little: the cheapest that is left, d", Assert.Throws<UserException>(() =>
        {
            Study study = TinyStudy.Read(_folder);
            Economy.Choose(study, c => StudyCost.Of(c, study.Trainer, null, 1).Flops, 1);
        }).Message);

    [Fact]
    public void Selection_OnceMade_StaysWithItsRuns()
    {
        Study study = TinyStudy.Read(_folder);
        StudyFolder folder = StudyFolder.At(_folder.In("out"));
        folder.Make();
        Cell[] kept = [study.Cells[0] with { Lengths = [4000] }];
        Selection.Of(kept, [new LeftOutRun("d16/8.00K", 0.5, 0.1), new LeftOutRun("d24/4.00K", 0.1, 0.1)]).Write(folder);
        Study chosen = Selection.Read(folder)!.Apply(study);
        Assert.Equal([4000], chosen.Cells.Single().Lengths);
    }

    [Fact]
    public void Time_OfTwoSideBySide_IsHalf()
    {
        Study study = TinyStudy.Read(_folder);
        StudyCost cost = new([.. study.Cells.Select(c => CellCost.Of(c, 1e-3))], 2);
        Assert.Equal(cost.Cells.Sum(c => c.Seconds!.Value) / 2, cost.Seconds!.Value, 1e-9);
    }
}
