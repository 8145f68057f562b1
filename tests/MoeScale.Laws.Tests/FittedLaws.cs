using MoeScale.Laws.Procedure;
using MoeScale.Laws.Warnings;

namespace MoeScale.Laws.Tests;

/// <summary>Laws as <c>fit</c> would write them, for the tests.</summary>
internal static class FittedLaws
{
    /// <summary>A catalog law with a sample around its coefficients, one part in a hundred wide.</summary>
    public static Law With(string id, int draws, int seed = 1)
    {
        Law law = LawCatalog.Open(id);
        string[] names = [.. law.Coefficients.Select(c => c.Name)];
        Random random = new(seed);
        double[] sample =
        [
            .. Enumerable
                .Range(0, draws)
                .SelectMany(_ => law.Coefficients.Select(c => c.Value * (1 + (0.01 * (random.NextDouble() - 0.5))))),
        ];
        double[] covariance =
        [
            .. Enumerable.Range(0, names.Length * names.Length).Select(i => i % (names.Length + 1) == 0 ? random.NextDouble() : 0),
        ];
        return law with
        {
            Fitted = new FittedLaw
            {
                Rows = 240,
                Digest = "sha256:0123abcd",
                Call = "moescale fit runs.csv --where \"router = 'RL-R' # and more\" --out law.yaml",
                Objective = new Objective(ObjectiveKind.LogHuber, 1e-3, Reduction.Sum, 1e-5),
                Value = 1.0182740177812345e-3,
                Starts = new StartCounts(4500, 867, 4499),
                GradientNorm = 1.25e-13,
                Condition = 3.5e7,
                Level = 0.95,
                Certainties =
                [
                    new CoefficientCertainty(names[0], 0.1, 1.0 / 3, null),
                    new CoefficientCertainty(names[1], null, null, null),
                ],
                Covariance = new CoefficientTable(names, covariance),
                Sample = draws > 0 ? new CoefficientTable(names, sample) : null,
                Warnings = [new OpenDirection.TradeOff("a", "α", 0.99912345678901234), new FitWarning.FewStarts(4500, 867)],
                Checklist = ["240 rows, of which none was left out"],
            },
        };
    }
}
