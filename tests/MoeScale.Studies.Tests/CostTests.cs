using MathNet.Numerics.LinearAlgebra;
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
        Study study = TinyStudy.Read(
            _folder,
            TinyStudy
                .Text.Replace("[16, 24]", "[16, 24, 32, 48]", StringComparison.Ordinal)
                .Replace("[4k, 8k]", "[4k, 8k, 16k]", StringComparison.Ordinal)
        );
        double Flops(IReadOnlyList<Cell> cells) => StudyCost.Of(cells, study.Trainer, null, null).Flops;
        double all = Flops(study.Cells);
        (IReadOnlyList<Cell> cells, IReadOnlyList<LeftOutRun> leftOut) = Economy.Choose(study, Flops, 0.5 * all);
        Assert.True(Flops(cells) <= 0.5 * all);
        Assert.Equal(12, cells.Sum(c => c.Lengths.Count) + leftOut.Count);
        Assert.Equal(1 - (Flops(cells) / all), leftOut.Sum(l => l.CostShare), 1e-9);
        Assert.All(leftOut, l => Assert.InRange(l.ToldShare, 0, 1));
        // Repeated runs tell less: of two that agree in all but the seed one goes first.
        Study twice = TinyStudy.Read(
            _folder,
            TinyStudy
                .Text.Replace("d_model: [16, 24]", "d_model: [16, 24, 32], seed: [0, 1]", StringComparison.Ordinal)
                .Replace("branches: [4k, 8k]", "tokens: 8k", StringComparison.Ordinal)
        );
        double one = StudyCost.Of(twice.Cells, twice.Trainer, null, null).Flops;
        LeftOutRun first = Economy.Choose(twice, c => StudyCost.Of(c, twice.Trainer, null, null).Flops, 0.99 * one).LeftOut[0];
        Assert.True(first.ToldShare < 0.6, $"{first}");
    }

    [Fact]
    public void Economy_OfTooLittle_SaysWhatTheCheapestCosts() =>
        Assert.StartsWith(
            "no run costs so little: the cheapest that is left, d",
            Assert
                .Throws<UserException>(() =>
                {
                    Study study = TinyStudy.Read(_folder);
                    Economy.Choose(study, c => StudyCost.Of(c, study.Trainer, null, null).Flops, 1);
                })
                .Message
        );

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

    /// <summary>
    /// The law knows nothing of capacity: without a coefficient for each of its values, all runs but those of one would be repeats that
    /// tell nothing.
    /// </summary>
    [Theory]
    [InlineData("experts: 4, capacity_factor: [none, 2, 1, 0.5]", "", "capacity_factor", 4)]
    [InlineData("learning_rate: [1e-3, 2e-3, 4e-3]", "", "learning_rate", 3)]
    [InlineData("n_heads: [1, 2, 4]", "", "n_heads", 3)]
    [InlineData("experts: [1, 4], granularity: [1, 2]", "fit: { law: joint-2025 }", "granularity", 2)]
    public void Economy_OfASettingThatTheLawDoesNotKnow_KeepsRunsOfEachValue(string grid, string fit, string key, int values)
    {
        Study study = TinyStudy.Read(
            _folder,
            TinyStudy.Text.Replace("[16, 24]", $"[16, 32, 48], {grid}", StringComparison.Ordinal) + "\n" + fit
        );
        double Flops(IReadOnlyList<Cell> cells) => StudyCost.Of(cells, study.Trainer, null, null).Flops;
        double all = Flops(study.Cells);
        foreach (double share in (double[])[0.5, 0.2])
        {
            (IReadOnlyList<Cell> cells, _) = Economy.Choose(study, Flops, share * all);
            Assert.Equal(values, cells.Select(c => c.Settings[key]).Distinct().Count());
        }
    }

    /// <summary>
    /// Updates of the inverse agree with an inverse of the runs that are left, also where a run was the only one to tell something.
    /// </summary>
    [Fact]
    public void RunInformation_AfterRunsWereLeftOut_IsThatOfTheRest()
    {
        Random random = new(1);
        Matrix<double> all = Matrix<double>.Build.Dense(60, 5, (r, c) => c == 4 ? (r is 7 or 8 ? 1 : 0) : 0.1 * random.NextDouble());
        RunInformation information = new(all, 3e-3);
        int[] gone = [.. Enumerable.Range(0, 50)];
        foreach (int run in gone)
        {
            information.Remove(run);
        }
        RunInformation rest = new(all.SubMatrix(50, 10, 0, 5), 3e-3);
        // Told is -ln(1 - h): digits that 1 - h loses where h is nearly 1.
        Assert.All(Enumerable.Range(0, 10), r => Assert.Equal(rest.Told(r), information.Told(50 + r), 1e-7 * rest.Told(r)));
    }

    /// <summary>A thousand runs are a matter of seconds: what a run costs does not grow with their square.</summary>
    [Fact]
    public void Economy_OfAThousandRuns_AnswersAndKeepsToTheLimit()
    {
        Study study = TinyStudy.Read(
            _folder,
            TinyStudy
                .Text.Replace(
                    "[16, 24]",
                    $"[16, 24, 32, 40, 48], experts: [1, 2, 4, 8, 16], seed: [{string.Join(", ", Enumerable.Range(0, 10))}]",
                    StringComparison.Ordinal
                )
                .Replace("[4k, 8k]", "[4k, 8k, 16k, 32k]", StringComparison.Ordinal)
        );
        Assert.Equal(1000, study.Cells.Sum(c => c.Lengths.Count));
        double Flops(IReadOnlyList<Cell> cells) => StudyCost.Of(cells, study.Trainer, null, null).Flops;
        (IReadOnlyList<Cell> cells, IReadOnlyList<LeftOutRun> leftOut) = Economy.Choose(study, Flops, 0.3 * Flops(study.Cells));
        Assert.Equal(1000, cells.Sum(c => c.Lengths.Count) + leftOut.Count);
        Assert.InRange(Flops(cells) / Flops(study.Cells), 0.1, 0.3);
    }

    [Fact]
    public void Economy_OfALawThatKnowsNoneOfTheRuns_SaysSo()
    {
        _folder.Write(
            "law.yaml",
            """
            id: mine
            predicts: loss
            formula: E + A / U^a
            variables: { U: { column: unique_tokens } }
            coefficients: { E: 1, A: 100, a: 0.3 }
            """
        );
        Study study = TinyStudy.Read(_folder);
        study = study with { Fit = study.Fit with { Law = _folder.In("law.yaml") } };
        Assert.StartsWith(
            "nobody can tell which runs tell least: the law 'mine' reads 'unique_tokens', which is not known of a run before it is "
                + "trained. Name another law",
            Assert.Throws<UserException>(() => Economy.Choose(study, c => StudyCost.Of(c, study.Trainer, null, null).Flops, 1)).Message
        );
    }

    [Fact]
    public void Time_OfATrainerOfTheUsers_WaitsForTheLongestCell()
    {
        CellCost[] cells = [.. TinyStudy.Read(_folder).Cells.Select((c, i) => CellCost.Of(c, 1e-3 * (1 + (9 * i))))];
        StudyCost cost = new(cells, new Places(2, 2)) { IsHandedOver = false };
        Assert.Equal(cells.Max(c => c.Seconds), cost.Seconds);
        Assert.Null((cost with { Places = null }).Seconds);
    }

    /// <summary>Threads, and cells at once as asked for; of these no more than there are threads or cells.</summary>
    [Theory]
    [InlineData(4, 4, 10, 4, 1)]
    [InlineData(4, 2, 10, 2, 2)]
    [InlineData(2, 8, 10, 2, 1)]
    [InlineData(8, 8, 3, 3, 2)]
    public void Places_AreThoseOfStudyRun(int threads, int sideBySide, int cells, int atOnce, int threadsEach)
    {
        Places places = Places.For(threads, sideBySide, cells);
        Assert.Equal((atOnce, threadsEach), (places.SideBySide, places.ThreadsEach));
    }

    /// <summary>Of a kind that was not measured the nearest measured one tells the speed.</summary>
    [Fact]
    public void SpeedMeter_OfSeveralContexts_KnowsAllCells()
    {
        Study study = TinyStudy.Read(
            _folder,
            TinyStudy
                .Text.Replace("d_model: [16, 24]", "d_model: 16, context: [8, 16, 32, 64]", StringComparison.Ordinal)
                .Replace("context: 16, ", "", StringComparison.Ordinal)
        );
        SpeedMeter meter = SpeedMeter.Measure(study.Cells, new Places(2, 1));
        Assert.All(study.Cells, c => Assert.InRange(meter.SecondsPerToken(c), 1e-9, 1));
    }

    [Fact]
    public void Time_OfTwoSideBySide_IsHalf()
    {
        Study study = TinyStudy.Read(_folder);
        StudyCost cost = new([.. study.Cells.Select(c => CellCost.Of(c, 1e-3))], new Places(2, 2));
        Assert.Equal(cost.Cells.Sum(c => c.Seconds!.Value) / 2, cost.Seconds!.Value, 1e-9);
    }
}
