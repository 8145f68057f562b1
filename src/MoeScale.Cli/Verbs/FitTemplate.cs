using MoeScale.Laws;

namespace MoeScale.Cli.Verbs;

/// <summary>A law file to fill in, for <c>fit --template</c>.</summary>
internal static class FitTemplate
{
    private const string Bare = """
        # A law to be fitted: moescale fit runs.csv --law my-law.yaml --out my-fitted-law.yaml
        id: my-law
        predicts: loss
        # + - * / ^, exp, ln, log2, log10, sqrt, min, max, abs; Greek letters or their English names.
        formula: c + a*N^-α + b*D^-β
        # Letter: column of the table of runs. --map N=params reads another one without a change here.
        variables:
          N: { column: active_params, meaning: parameters with embeddings }
          D: { column: tokens, meaning: training tokens }
        # Values are where the search begins: the right magnitude is enough. Signs and bounds (low, high) are kept in any fit.
        coefficients:
          c: { value: 1.8, sign: positive }
          a: { value: 400, sign: positive }
          α: { value: 0.35, sign: positive, low: 0.01, high: 2 }
          b: { value: 2000, sign: positive }
          β: { value: 0.35, sign: positive, low: 0.01, high: 2 }
        # For plans: FLOPs of training and inference, and the shapes of the models.
        cost:
          training: 6 * active_params * tokens
          inference: 2 * active_params * inference_tokens
        family: joint-2025

        """;

    /// <param name="law">Id or path of a law to start from; null for a law of two powers and a floor.</param>
    public static string Text(string? law) =>
        law is null
            ? Bare
            : LawWriter.Write(
                LawCatalog.Open(law) with
                {
                    Fitted = null,
                },
                $"{law} as a law to be fitted: its coefficients are where the search begins.\nmoescale fit runs.csv --law my-law.yaml "
                    + $"--out my-fitted-law.yaml",
                Environment.CurrentDirectory
            );
}
