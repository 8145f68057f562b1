using MoeScale.Basics;
using MoeScale.Laws.Procedure;

namespace MoeScale.Laws.Tests;

/// <summary>The sections <c>fit</c> and <c>fitted</c> of law files, and the bounds of coefficients.</summary>
public class FitSectionTests
{
    private const string Good = """
        id: mine
        predicts: loss
        formula: c + a*D^-alpha
        variables: { D: tokens }
        coefficients:
          a: { value: 400, sign: positive }
          α: { value: 0.3, low: 0.1, high: 2 }
          c: 1.7
        fit:
          objective: huber
          delta: 0.1
          starts: { α: [0.1, exp(-1)], a: 30 }
          fix: { c: 1.5 }
          hold_out: lowest-loss:30
          select: training-and-held-out
        fitted:
          rows: 40
          digest: sha256:12
          call: moescale fit runs.csv
          objective: { kind: log-huber, delta: 1e-3, value: 0.001 }
          starts: { tried: 10, agreeing: 9, moved: 10 }
          level: 0.8
          coefficients: { a: { se: 1.5, log_se: 0.004, low: 390, high: 410 } }
          covariance: |
            1 0 0
            0 2 0
            0 0 0
          sample: |
            401 0.31 1.7
            399.5 2.9e-1  1.7

        """;

    private static Law Parse(string text) => LawFile.Parse(YamlMap.Parse(text, "law.yaml"));

    [Fact]
    public void Parse_BothSections_AreRead()
    {
        Law law = Parse(Good);
        FitProcedure procedure = law.Procedure!;
        Assert.Equal(new Objective(ObjectiveKind.Huber, 0.1), procedure.Objective);
        Assert.Equal([0.1, Math.Exp(-1)], procedure.Starts["α"]);
        Assert.Equal([30], procedure.Starts["a"]);
        Assert.Equal(("1.5", "lowest-loss:30", true), (procedure.Fix["c"], procedure.HoldOut, procedure.SelectByError));
        FittedLaw fitted = law.Fitted!;
        Assert.Equal((40, "sha256:12", 0.001, 0.8, true), (fitted.Rows, fitted.Digest, fitted.Value, fitted.Level, fitted.Finished));
        Assert.Equal([new CoefficientCertainty("a", 1.5, 390, 410, 0.004)], fitted.Certainties);
        Assert.Equal([0, 2, 0], fitted.Covariance![1].ToArray());
        Assert.Equal(2, fitted.Sample!.Count);
        Assert.Equal([399.5, 0.29, 1.7], fitted.Sample[1].ToArray());
    }

    [Theory]
    [InlineData("objective: huber", "objective: hubert", "law.yaml:10:14: 'fit.objective' is 'hubert' (did you mean 'huber'?)")]
    [InlineData("objective: huber", "objective: squares", "law.yaml:11:10: 'delta' belongs to huber")]
    [InlineData("delta: 0.1", "delta: 0", "'delta' is 0; it needs a number above zero")]
    [InlineData("delta: 0.1", "ridge: -1", "'ridge' is -1")]
    [InlineData("delta: 0.1", "weight: 1 / loss )", "law.yaml:11:11: at character")]
    [InlineData("delta: 0.1", "detla: 0.1", "did you mean 'delta'")]
    [InlineData("α: [0.1", "q: [0.1", "law.yaml:12:16: 'q' is no coefficient of the law; it has a, α, c")]
    [InlineData("α: [0.1", "α: [0.01", "a start of 'α' is 0.01, which the sign or the bounds of the coefficient do not allow")]
    [InlineData("a: 30", "a: -30", "a start of 'a' is -30")]
    [InlineData("a: 30", "a: []", "'a' has no starting value")]
    [InlineData("a: 30", "a: ln(D)", "a start of 'a' is 'ln(D)'; it needs a number")]
    [InlineData("a: 30", "a: ln(0)", "a start of 'a' is 'ln(0)'; it needs a number")]
    [InlineData("a: 30", "alpha: 0.2", "'alpha' stands there twice")]
    [InlineData("fix: { c: 1.5 }", "fix: { a: 1.5 }", "'a' is held under 'fix' and started under 'starts'")]
    [InlineData("hold_out: lowest-loss:30", "reduce: mean", "'training-and-held-out' needs 'hold_out'")]
    [InlineData("low: 0.1, high: 2", "low: 0.4", "'α' is 0.3, outside its bounds (low 0.4, no high)")]
    [InlineData("low: 0.1, high: 2", "low: 2, high: 0.1", "the bounds of 'α' leave nothing: low is 2, high is 0.1")]
    [InlineData("low: 0.1, high: 2", "hihg: 0.1", "did you mean 'high'")]
    [InlineData("value: 400", "value: -1", "'a' is -1 but its sign is declared positive")]
    [InlineData("rows: 40", "rows: 40.5", "'rows' is 40.5; it needs a whole number")]
    [InlineData("  digest: sha256:12\n", "", "needs a value for 'digest'")]
    [InlineData("level: 0.8", "level: 80", "'fitted.level' is 80; it needs a share")]
    [InlineData("level: 0.8", "finished: perhaps", "it needs true or false")]
    [InlineData("se: 1.5", "so: 1.5", "'fitted.coefficients.a.so' is not known here; known are se, log_se, low, high")]
    [InlineData("    0 0 0\n", "", "'fitted.covariance' has 2 rows; it needs 3")]
    [InlineData(
        "401 0.31 1.7",
        "401 0.31",
        "law.yaml:29: this line of 'fitted.sample' has 2 numbers; it needs 3, one for each coefficient: a, α, c."
    )]
    [InlineData("399.5 2.9e-1  1.7", "399.5 2.9e-1 1.7 3", "law.yaml:30: this line of 'fitted.sample' has 4 numbers")]
    [InlineData("399.5 2.9e-1", "399.5 much", "law.yaml:30: 'much' in 'fitted.sample' is not a finite number")]
    [InlineData("399.5 2.9e-1", "399.5 NaN", "law.yaml:30: 'NaN' in 'fitted.sample' is not a finite number")]
    [InlineData("399.5 2.9e-1", "1e999 2.9e-1", "law.yaml:30: '1e999' in 'fitted.sample' is not a finite number")]
    [InlineData("    399.5 2.9e-1", "\n    399.5 2.9e-1", "law.yaml:30: this line of 'fitted.sample' has 0 numbers")]
    public void Parse_Mistake_SaysFileLineAndCure(string line, string instead, string expected)
    {
        string message = Assert.Throws<UserException>(() => Parse(Good.Replace(line, instead))).Message;
        Assert.StartsWith("law.yaml", message);
        Assert.Contains(expected, message);
    }

    /// <summary>A fit may end at the bound of a sign, and its law is one all the same.</summary>
    [Fact]
    public void Parse_CoefficientAtTheBoundOfItsSign_IsAllowed() =>
        Assert.Equal(0, Parse(Good.Replace("value: 400", "value: 0")).Coefficients[0].Value);

    /// <summary>Hoffmann et al. start exponents at 0, which is the bound of a positive one.</summary>
    [Fact]
    public void Starts_OfChinchilla_AreThePublishedGrid()
    {
        FitProcedure procedure = LawCatalog.Open("chinchilla-2024").Procedure!;
        Assert.Equal(4500, procedure.Starts.Values.Aggregate(1, (product, values) => product * values.Count));
        Assert.Equal([0, 0.5, 1, 1.5, 2], procedure.Starts["α"]);
        Assert.Equal(Math.Exp(25), procedure.Starts["B"][^1]);
    }

    [Fact]
    public void Starts_OfTheJointLaw_AreItsGridWithSigns()
    {
        FitProcedure procedure = LawCatalog.Open("joint-2025").Procedure!;
        // Three values of nine coefficients.
        Assert.Equal(19683, procedure.Starts.Values.Aggregate(1, (product, values) => product * values.Count));
        Assert.Equal([-0.05, -0.25, -0.5], procedure.Starts["β"]);
        Assert.Equal(new Objective(ObjectiveKind.LogHuber, 0.01, Reduction.Sum, 1e-5), procedure.Objective);
    }

    [Fact]
    public void Fix_InTheCatalog_NamesALawThatHasTheCoefficient() =>
        Assert.All(
            LawCatalog.Ids.Select(id => LawCatalog.Open(id)).Where(l => l.Procedure is not null).SelectMany(l => l.Procedure!.Fix),
            fix => Assert.Contains(LawCatalog.Open(fix.Value).Coefficients, c => c.Name == fix.Key)
        );
}
