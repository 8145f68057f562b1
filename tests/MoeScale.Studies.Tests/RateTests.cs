using MoeScale.Studies.Answers;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Tests;

/// <summary>A sweep of learning rates whose losses are made up: a parabola around a known law of rates.</summary>
public sealed class RateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Optima_GridOfMoreThanRates_AreThoseOfEachSweepAlone()
    {
        Study study = TinyStudy.Read(
            _folder,
            TinyStudy
                .Text.Replace(
                    "[16, 24] }",
                    "[16, 24], weight_decay: [0.01, 0.1], learning_rate: [1e-3, 2e-3, 4e-3, 8e-3] }",
                    StringComparison.Ordinal
                )
                .Replace("branches: [4k, 8k]", "tokens: 4k", StringComparison.Ordinal)
                + "\nrate_law: step-2025-lr\nfit: { compare: [chinchilla-2024], bootstrap: 0 }"
        );
        // Weight decay is no column of the table, yet each value has a best rate of its own.
        static double Best(Cell cell) => cell.Settings["weight_decay"] == "0.1" ? 3e-3 : 5e-3;
        StudyFolder folder = MadeUpRuns.Write(
            _folder,
            study,
            (cell, _) => 2 + (0.05 * Math.Pow(Math.Log(cell.LearningRate / Best(cell)), 2))
        );
        InProcess.Report(_folder);
        RateAnswer rates = StudyAnswer.Read(folder.AnswerPath).Rates!;
        Assert.Equal(4, rates.Optima.Count);
        Assert.All(rates.Optima, o => Assert.Equal(4, o.Tried));
        // Exact but for rounding.
        Assert.Equal([3e-3, 3e-3, 5e-3, 5e-3], rates.Optima.Select(o => Math.Round(o.LearningRate, 9)).Order());
    }

    [Fact]
    public void Optima_OfASweep_GiveTheirLawBack()
    {
        Study study = TinyStudy.Read(
            _folder,
            TinyStudy
                .Text.Replace(
                    "[16, 24] }",
                    "[16, 24, 32, 48], tokens: [4k, 8k, 16k], learning_rate: [5e-4, 1e-3, 2e-3, 4e-3, 8e-3, 16e-3] }",
                    StringComparison.Ordinal
                )
                .Replace("branches: [4k, 8k], ", "", StringComparison.Ordinal)
                + "\nrate_law: step-2025-lr\nfit: { compare: [chinchilla-2024], bootstrap: 0 }"
        );
        double Best(Cell cell) => 0.4 * Math.Pow(cell.Census.TotalParamsNonEmbedding, -0.5) * Math.Pow(cell.Lengths[0], -0.02);
        StudyFolder folder = MadeUpRuns.Write(
            _folder,
            study,
            (cell, tokens) =>
                1
                + (30 / Math.Pow(cell.Census.ActiveParams, 0.3))
                + (60 / Math.Pow(tokens, 0.5))
                + (0.05 * Math.Pow(Math.Log(cell.LearningRate / Best(cell)), 2))
        );
        Assert.True(InProcess.Report(_folder).IsWhole);
        RateAnswer rates = StudyAnswer.Read(folder.AnswerPath).Rates!;
        Assert.Equal(RateStatus.Converged, rates.StatusKind);
        Assert.Empty(rates.LeftOut);
        Assert.Equal(12, rates.Optima.Count);
        // A parabola is found exactly by three of its points, and a power law by twelve of its: what is left is rounding, and where the fit
        // stops.
        Assert.Equal(0.4, rates.Coefficients.Single(c => c.Name == "k").Value, 1e-4);
        Assert.Equal(-0.5, rates.Coefficients.Single(c => c.Name == "p").Value, 1e-5);
        Assert.Equal(-0.02, rates.Coefficients.Single(c => c.Name == "q").Value, 1e-5);
        // The next study may take its rates from it.
        Study next = TinyStudy.Read(
            _folder,
            TinyStudy.Text.Replace("batch_tokens", "learning_rate: tiny/rate-law.yaml, batch_tokens", StringComparison.Ordinal)
        );
        Assert.All(
            next.Cells,
            c => Assert.Equal(0.4 * Math.Pow(c.Census.TotalParamsNonEmbedding, -0.5) * Math.Pow(8000, -0.02), c.LearningRate, 1e-6)
        );
    }
}
