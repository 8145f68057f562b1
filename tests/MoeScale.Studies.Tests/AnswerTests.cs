using MoeScale.Laws;
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
        Study study = TinyStudy.Read(_folder, Grid + "\nfit: { compare: [joint-2025, chinchilla-2024, abnar-2025], fix: { E_start: joint-2025, E_max: 290.4521 }, bootstrap: 0 }");
        Law joint = LawCatalog.Open("joint-2025");
        StudyFolder folder = MadeUpRuns.Write(_folder, study, (cell, tokens) => joint.Evaluate([cell.Census.ActiveParams, tokens, cell.Model.Expansion]));
        (int code, string output, string error) = Command.Run("study", "report", _folder.In("tiny.yaml"));
        Assert.Equal((0, ""), (code, error));
        StudyAnswer answer = StudyAnswer.Read(folder.AnswerPath);
        ComparedAnswer first = answer.Compared[0];
        Assert.Equal(("joint-2025", 9), (first.Law, first.Free!.Value));
        // The losses are the law's own, to the digits that JSON keeps: what is left is where the search stops.
        Assert.True(first.HeldOutRmse < 1e-6, $"{first}");
        Assert.Contains("of which it does not speak", answer.Compared.Single(c => c.Law == "chinchilla-2024").Reason);
        Assert.Equal("converged", answer.Status);
        foreach (Coefficient c in joint.Coefficients.Where(c => c.Name is not ("E_start" or "E_max")))
        {
            Assert.Equal(c.Value, answer.Coefficients!.Single(a => a.Name == c.Name).Value, 1e-6 * Math.Abs(c.Value));
        }
        Assert.Equal(["E_start", "E_max"], answer.Coefficients!.Where(a => a.Low is null).Select(a => a.Name));
    }
}
