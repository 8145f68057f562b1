using MoeScale.Laws;
using MoeScale.Laws.Runs;
using MoeScale.Reporting;
using MoeScale.Studies.Answers;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Tests;

/// <summary>From made-up losses of a known law to that law, and to nothing that the runs do not tell.</summary>
public sealed class AnswerTests : IDisposable
{
    private const string Grid = """
        id: tiny
        text: synthetic
        family: joint-2025
        model: { context: 64, n_blocks: 1, n_heads: 2 }
        grid: { d_model: [16, 32, 64, 128], experts: [1, 2, 4, 8, 16] }
        train: { branches: [200k, 800k, 3200k], batch_tokens: 1024 }
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Law_WithCoefficientsThatAreHeld_IsComparedAndFittedWithThem()
    {
        Study study = TinyStudy.Read(
            _folder,
            Grid
                + "\nfit: { compare: [joint-2025, chinchilla-2024, abnar-2025], fix: { E_start: joint-2025, E_max: 290.4521 }, "
                + "bootstrap: 0 }"
        );
        Law joint = LawCatalog.Open("joint-2025");
        StudyFolder folder = MadeUpRuns.Write(
            _folder,
            study,
            (cell, tokens) => joint.Evaluate([cell.Census.ActiveParams, tokens, cell.Model.Experts])
        );
        Assert.Equal("", Missing());
        StudyAnswer answer = StudyAnswer.Read(folder.AnswerPath);
        ComparedAnswer first = answer.Compared[0];
        Assert.Equal(("joint-2025", 9), (first.Law, first.Free!.Value));
        // The losses are the law's own, to the digits that JSON keeps: what is left is where the search stops.
        Assert.True(first.HeldOutRmse < 1e-6, $"{first}");
        Assert.Contains("of which it does not speak", answer.Compared.Single(c => c.Law == "chinchilla-2024").Reason);
        Assert.Equal((LawStatus.Converged, "converged"), (answer.StatusKind, answer.Status));
        foreach (Coefficient c in joint.Coefficients.Where(c => c.Name is not ("E_start" or "E_max")))
        {
            Assert.Equal(c.Value, answer.Coefficients!.Single(a => a.Name == c.Name).Value, 1e-6 * Math.Abs(c.Value));
        }
        Assert.Equal(["E_start", "E_max"], answer.Coefficients!.Where(a => a.Low is null).Select(a => a.Name));
    }

    private static readonly Law Joint = LawCatalog.Open("joint-2025");

    private static double JointLoss(Cell cell, long tokens) => Joint.Evaluate([cell.Census.ActiveParams, tokens, cell.Model.Experts]);

    private const string JointFit =
        "fit: { law: joint-2025, compare: [joint-2025], fix: { E_start: joint-2025, E_max: joint-2025 }, bootstrap: 0 }";

    /// <summary>
    /// Five rates for each model, of which the middle one is the law's loss and the others are worse by up to 0.4 nats: the law comes back
    /// as if there were no sweep.
    /// </summary>
    [Fact]
    public void Law_OfASweepOfRates_IsFittedToTheBestRates()
    {
        string text = Grid.Replace(
            "experts: [1, 2, 4, 8, 16] }",
            "experts: [1, 2, 4, 8, 16], learning_rate: [1e-3, 2e-3, 4e-3, 8e-3, 16e-3] }",
            StringComparison.Ordinal
        );
        Study study = TinyStudy.Read(_folder, $"{text}\n{JointFit}");
        StudyFolder folder = MadeUpRuns.Write(
            _folder,
            study,
            (cell, tokens) => JointLoss(cell, tokens) + (0.2 * Math.Abs(Math.Log2(cell.LearningRate / 4e-3)))
        );
        Assert.Equal("", Missing());
        StudyAnswer answer = StudyAnswer.Read(folder.AnswerPath);
        Assert.Equal((60, 240), (answer.Runs, answer.NotFitted.Count));
        Assert.All(answer.NotFitted, n => Assert.DoesNotContain("lr0.004/", n.Run));
        AssertJoint(answer);
        Assert.Equal(60 * 5, answer.Contrasts.Single(c => c.Setting == "learning_rate").Rows.Sum(r => r.Losses.Count));
    }

    /// <summary>Runs that 'fit.where' leaves out are no part of the fit, of what it holds out, or of the choices of a plan.</summary>
    [Fact]
    public void Where_OfAFit_HoldsForAllThatFollowsFromIt()
    {
        Study study = TinyStudy.Read(
            _folder,
            $"{Grid}\n{JointFit.Replace("bootstrap", "where: experts < 16, bootstrap", StringComparison.Ordinal)}\nplan: [ {{ flops: "
                + $"1e14 }} ]"
        );
        StudyFolder folder = MadeUpRuns.Write(_folder, study, (cell, tokens) => cell.Model.Experts == 16 ? 9 : JointLoss(cell, tokens));
        Assert.Equal("", Missing());
        StudyAnswer answer = StudyAnswer.Read(folder.AnswerPath);
        Assert.Equal((48, 12), (answer.Runs, answer.NotFitted.Count));
        AssertJoint(answer);
        Assert.True(answer.HeldOut!.Rmse < 1e-6, $"{answer.HeldOut}");
        Assert.Equal([1, 2, 4, 8], LawCatalog.Open(folder.LawPath).Candidates["experts"]);
        Assert.Contains("12 of 60 runs are not fitted (fit.where)", File.ReadAllText(folder.ReportPath));
    }

    /// <summary>A law that the runs of today do not give is nobody's: it goes, and nothing is planned with it.</summary>
    [Fact]
    public void Law_OfAnEarlierFit_IsRemovedWhereTheRunsGiveNone()
    {
        string plan = "\nplan: [ { flops: 1e14 } ]";
        Study study = TinyStudy.Read(_folder, $"{Grid}\n{JointFit}{plan}");
        StudyFolder folder = MadeUpRuns.Write(_folder, study, JointLoss);
        Assert.Equal("", Missing());
        Assert.True(File.Exists(folder.LawPath));
        TinyStudy.Write(_folder, $"{Grid}\nfit: {{ where: tokens < 300000, compare: [chinchilla-2024] }}{plan}");
        StudyGap.NoLaw gap = Assert.IsType<StudyGap.NoLaw>(Assert.Single(InProcess.Report(_folder).Gaps));
        Assert.Equal(LawStatus.NoneIdentifiable, gap.Answer.StatusKind);
        Assert.False(File.Exists(folder.LawPath));
        Assert.False(File.Exists(Path.Combine(folder.Location, "predicted.svg")));
        Assert.Contains("no plan with 1e14 FLOPs: there is no law", File.ReadAllText(folder.ReportPath));
    }

    /// <summary>A copy of a study's answers, without the folders of its runs, as a repository keeps them.</summary>
    [Fact]
    public void Report_WithoutTheRunsFolders_IsMadeFromTheTables()
    {
        Study study = TinyStudy.Read(_folder, $"{Grid}\n{JointFit}\nplan: [ {{ flops: 1e14 }} ]");
        StudyFolder folder = MadeUpRuns.Write(_folder, study, JointLoss);
        Assert.Equal("", Missing());
        string[] files =
        [
            folder.ReportPath,
            folder.LawPath,
            folder.AnswerPath,
            folder.PlanPath,
            folder.RunsPath,
            .. Directory.GetFiles(folder.Location, "*.svg"),
        ];
        string[] before = [.. files.Select(File.ReadAllText)];
        Directory.Delete(Path.Combine(folder.Location, "runs"), recursive: true);
        Directory.Delete(Path.Combine(folder.Location, "work"), recursive: true);
        foreach (string file in files.Except([folder.RunsPath]))
        {
            File.Delete(file);
        }
        Assert.Equal("", Missing());
        Assert.Equal(before, files.Select(File.ReadAllText));
    }

    /// <summary>
    /// A plan below the entropy of the text, far outside the runs, is told with both doubts, in the report, the JSON and on the terminal.
    /// </summary>
    [Fact]
    public void Plan_ThatCannotBe_IsTold()
    {
        Study study = TinyStudy.Read(_folder, $"{Grid}\n{JointFit}\nplan: [ {{ flops: 1e30 }}, {{ flops: 1e14, memory: 100MB }} ]");
        StudyFolder folder = MadeUpRuns.Write(_folder, study, (cell, tokens) => JointLoss(cell, tokens) - 1);
        foreach (CellFolder cell in study.Cells.Select(folder.Of))
        {
            File.WriteAllText(
                cell.ResultsPath,
                File.ReadAllText(cell.ResultsPath).Replace("}", ",\"loss_floor\":0.88}", StringComparison.Ordinal)
            );
        }
        StudyOutcome outcome = InProcess.Report(_folder);
        Assert.True(outcome.IsWhole);
        Assert.Equal(60, outcome.Answer!.Runs);
        PlansJson plans = StudyPlansFile.Read(folder)!;
        Assert.Contains("below_entropy", plans.Plans[0].Warnings.Select(w => w.Kind));
        Assert.Contains("no_cache", plans.Plans[1].Warnings.Select(w => w.Kind));
        // What a warning advises is a key of the study, and no option of the command line.
        Assert.All(plans.Plans.SelectMany(p => p.Warnings), w => Assert.DoesNotContain("--", w.Text));
        Assert.Contains("is below the entropy of the text", File.ReadAllText(folder.ReportPath));
        Assert.Contains(plans.Plans[0].Best!.OutsideRange, o => o.Contains("active_params", StringComparison.Ordinal));
    }

    /// <summary>
    /// Repeats of one rate are no sweeps of their own: the best rate is that of the least mean over the seeds that all rates have, and all
    /// its seeds are fitted.
    /// </summary>
    [Fact]
    public void Rates_RepeatedWithSeeds_AreChosenByTheirMean()
    {
        string text = Grid.Replace(
            "grid: { d_model: [16, 32, 64, 128], experts: [1, 2, 4, 8, 16] }",
            "grid: [ { d_model: [16, 32, 64, 128], experts: [1, 2, 4, 8, 16], learning_rate: [1e-3, 2e-3, 4e-3] }, { d_model: 16, "
                + "experts: 1, learning_rate: 1e-3, seed: [1, 2] } ]",
            StringComparison.Ordinal
        );
        Study study = TinyStudy.Read(_folder, $"{text}\n{JointFit}");
        StudyFolder folder = MadeUpRuns.Write(
            _folder,
            study,
            (cell, tokens) => JointLoss(cell, tokens) + (0.2 * Math.Abs(Math.Log2(cell.LearningRate / 2e-3)))
        );
        Assert.Equal("", Missing());
        StudyAnswer answer = StudyAnswer.Read(folder.AnswerPath);
        Assert.Equal(60, answer.Runs);
        Assert.Equal(6, answer.NotFitted.Count(n => n.Run.Contains("-s", StringComparison.Ordinal)));
        AssertJoint(answer);
    }

    /// <summary>The least loss at the end of a sweep is the best that is known, and is told to be no more.</summary>
    [Fact]
    public void Rates_WhoseBestIsAtAnEnd_AreADoubt()
    {
        Study study = TinyStudy.Read(
            _folder,
            $"{Grid.Replace("16] }", "16], learning_rate: [1e-3, 2e-3] }", StringComparison.Ordinal)}\n{JointFit}"
        );
        StudyFolder folder = MadeUpRuns.Write(
            _folder,
            study,
            (cell, tokens) => JointLoss(cell, tokens) + (100 * (cell.LearningRate - 1e-3))
        );
        InProcess.Report(_folder);
        StudyAnswer answer = StudyAnswer.Read(folder.AnswerPath);
        AssertJoint(answer);
        Assert.StartsWith("60 of 60 sweeps have their least loss at the lowest or the highest rate", answer.Warnings[0].Text);
    }

    /// <summary>A filter that no finished run passes yet leaves the law of before, the table, what settings change, and a status.</summary>
    [Fact]
    public void HoldOut_ThatNoRunPasses_IsAStatus()
    {
        Study study = TinyStudy.Read(
            _folder,
            $"{Grid}\n{JointFit.Replace("bootstrap", "hold_out: tokens > 5000000, bootstrap", StringComparison.Ordinal)}"
        );
        StudyFolder folder = MadeUpRuns.Write(_folder, study, JointLoss);
        StudyGap.NoLaw gap = Assert.IsType<StudyGap.NoLaw>(Assert.Single(InProcess.Report(_folder).Gaps));
        Assert.Equal(LawStatus.Refused, gap.Answer.StatusKind);
        Assert.Contains("holds out none of", StudyWords.Of(gap));
        Assert.NotEmpty(StudyAnswer.Read(folder.AnswerPath).Contrasts);
    }

    [Fact]
    public void Where_ThatNoRunPasses_IsAStatus()
    {
        Study study = TinyStudy.Read(
            _folder,
            $"{Grid}\n{JointFit.Replace("bootstrap", "where: tokens > 5000000, bootstrap", StringComparison.Ordinal)}"
        );
        MadeUpRuns.Write(_folder, study, JointLoss);
        StudyOutcome outcome = InProcess.Report(_folder);
        Assert.Equal("all cells are done, and there is no law of them: no run is left by fit.where.", InProcess.Words(outcome));
        Assert.Equal(LawStatus.NoRuns, outcome.Answer!.StatusKind);
    }

    /// <summary>
    /// Budgets 1, 2 and 4 with four runs each, a little apart by their routers: a third is nearer to a fifth than two thirds. Of one budget
    /// there is nothing to hold out.
    /// </summary>
    [Fact]
    public void HoldOut_ThatIsNotGiven_TakesWholeBudgets()
    {
        static RunTable Table(params IEnumerable<double> flops) =>
            RunTable.Read(
                new MemoryStream(
                    System.Text.Encoding.UTF8.GetBytes(
                        string.Join('\n', flops.Select(f => FormattableString.Invariant($"{f}")).Prepend("train_flops"))
                    )
                ),
                "runs"
            );
        double[] runs = [1, 1.01, 1.02, 1.03, 2, 2.02, 2.04, 2.06, 4, 4.04, 4.08, 4.12];
        Assert.Equal("train_flops >= 4", LargestRuns.Of(Table(runs))!.Text);
        Assert.Null(LargestRuns.Of(Table(runs[..4])));
    }

    [Fact]
    public void Plan_InWhichNothingFits_IsNo()
    {
        Study study = TinyStudy.Read(_folder, $"{Grid}\n{JointFit}\nplan: [ {{ flops: 1e14, memory: 1kB }} ]");
        MadeUpRuns.Write(_folder, study, JointLoss);
        StudyOutcome outcome = InProcess.Report(_folder);
        Assert.StartsWith(
            "all cells are done, and there is no plan with 1e14 FLOPs: nothing fits 1.00 KB: the smallest candidate (",
            InProcess.Words(outcome)
        );
        Assert.EndsWith("Raise 'plan.memory'.", InProcess.Words(outcome));
        Assert.Equal(["nothing_fits"], StudyPlansFile.Of(outcome.Plans).Warnings.Select(w => w.Kind));
        Assert.Equal(StudyPlanEnd.NothingFits, Assert.Single(outcome.Plans).End);
    }

    /// <summary>
    /// What a trainer says of the model, the seed or the rate takes no place of what the study set; what it measured does, and FLOPs follow
    /// its tokens.
    /// </summary>
    [Fact]
    public void Result_OfATrainer_DoesNotReplaceWhatWasSet()
    {
        Study study = TinyStudy.Read(_folder);
        StudyFolder folder = MadeUpRuns.Write(_folder, study, (_, _) => 2);
        foreach (CellFolder cell in study.Cells.Select(folder.Of))
        {
            File.WriteAllText(
                cell.ResultsPath,
                string.Concat(
                    cell.Cell.Lengths.Select(l =>
                        $$"""{"loss": 2, "tokens": {{l + 16}}, "d_model": 999, "seed": 7, "learning_rate": 0, "experts": 3, "note": "kept"}"""
                        + "\n"
                    )
                )
            );
        }
        InProcess.Report(_folder);
        RunTable table = RunTable.Read(folder.RunsPath);
        Assert.Equal([16, 16, 24, 24], table.Column("d_model", "").Numbers.ToArray());
        Assert.All(table.Column("seed", "").Numbers.ToArray(), s => Assert.Equal(0, s));
        Assert.All(table.Column("learning_rate", "").Numbers.ToArray(), r => Assert.True(r > 0));
        Assert.Equal("kept", table.Column("note", "").Text(0));
        Assert.Equal(study.Cells[0].FlopsPerToken * 4016, table.Column("train_flops", "").Numbers.Span[0]);
    }

    /// <summary>
    /// A copy whose study has lost a grid and gained a length: runs of the one are no runs of the study, and cells that lack the other are
    /// not whole.
    /// </summary>
    [Fact]
    public void Copy_OfAnotherStudy_IsReadAsTheStudySays()
    {
        Study study = TinyStudy.Read(_folder, TinyStudy.Text.Replace("[16, 24] }", "[16, 24], seed: [0, 1] }", StringComparison.Ordinal));
        StudyFolder folder = MadeUpRuns.Write(_folder, study, (cell, tokens) => 2 + (1000.0 / tokens) + (0.1 * cell.Seed));
        InProcess.Report(_folder);
        Directory.Delete(Path.Combine(folder.Location, "runs"), recursive: true);
        Directory.Delete(Path.Combine(folder.Location, "work"), recursive: true);
        TinyStudy.Write(_folder);
        InProcess.Report(_folder);
        StudyAnswer answer = StudyAnswer.Read(folder.AnswerPath);
        Assert.Equal((4, 4), (answer.Runs, answer.UnknownRuns.Count));
        Assert.DoesNotContain("d16-s1", File.ReadAllText(folder.ReportPath));
        TinyStudy.Write(_folder, TinyStudy.Text.Replace("[4k, 8k]", "[4k, 8k, 16k]", StringComparison.Ordinal));
        Assert.IsType<StudyGap.NoRuns>(Assert.Single(InProcess.Report(_folder).Gaps));
    }

    /// <summary>The table of a copy, of which a new study has trained a part only, is kept.</summary>
    [Fact]
    public void Table_OfMoreCells_IsKept()
    {
        Study study = TinyStudy.Read(_folder);
        StudyFolder folder = MadeUpRuns.Write(_folder, study, (_, _) => 2);
        InProcess.Report(_folder);
        string before = File.ReadAllText(folder.RunsPath);
        Directory.Delete(folder.Of(study.Cells[1]).RunPath, recursive: true);
        InProcess.Report(_folder);
        Assert.Equal(before, File.ReadAllText(Path.Combine(folder.Location, "runs.before.csv")));
        Assert.Equal(3, File.ReadAllLines(folder.RunsPath).Length);
    }

    /// <summary>A law of dense models is none of a grid with experts, though it reads total_params.</summary>
    [Fact]
    public void Law_OfOneExpansionRate_IsNotFittedToSeveral()
    {
        Study study = TinyStudy.Read(_folder, $"{Grid}\nfit: {{ compare: [fine-grained-2024-dense], bootstrap: 0 }}");
        StudyFolder folder = MadeUpRuns.Write(_folder, study, JointLoss);
        InProcess.Report(_folder);
        Assert.Equal(
            "it is a law of models with experts 1, and the runs have 5 values",
            StudyAnswer.Read(folder.AnswerPath).Compared.Single().Reason
        );
    }

    private string Missing() => InProcess.Words(InProcess.Report(_folder));

    private static void AssertJoint(StudyAnswer answer)
    {
        Assert.Equal(LawStatus.Converged, answer.StatusKind);
        // The losses are the law's own, to the digits that JSON keeps: what is left is where the search stops.
        Assert.All(
            Joint.Coefficients.Where(c => c.Name is not ("E_start" or "E_max")),
            c => Assert.Equal(c.Value, answer.Coefficients.Single(a => a.Name == c.Name).Value, 1e-6 * Math.Abs(c.Value))
        );
    }
}
