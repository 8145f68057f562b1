using MoeScale.Basics;
using MoeScale.Training.Scoring;

namespace MoeScale.Cli.Output;

/// <summary>What <c>eval</c> prints.</summary>
internal static class EvalPage
{
    public static void Write(IReadOnlyList<string> paths, TextScore score)
    {
        Page.Field("Text", string.Join(" ", paths));
        Page.Field("Tokens", Figures.Exact(score.Tokens) + (score.Bytes is long bytes ? $", {Figures.Exact(bytes)} bytes of text" : ""));
        Page.Field("Loss", $"{Figures.Loss(score.Loss)} nats per token");
        if (score.Floor is double floor)
        {
            Page.Field(
                "Floor",
                $"{Figures.Loss(floor)} nats per token: the entropy of the language, which no model beats on more than a sample"
            );
        }
        Page.Field("Perplexity", Figures.Number(score.Perplexity));
        if (score.BitsPerByte is double bits)
        {
            Page.Field("Bits per byte", Figures.Loss(bits));
        }
    }

    public static void Write(string path, ChoiceScore score)
    {
        Page.Field("Questions", $"{Figures.Exact(score.Results.Count)} of {path}");
        Page.Field("Accuracy", Share(score.Accuracy, score.StandardError));
        Page.Field("Per byte", Share(score.AccuracyPerByte, score.StandardErrorPerByte));
        Page.Field("Guessing", Share(score.Chance, null));
        if (score.Cut > 0)
        {
            Page.BlankLine();
            Page.Paragraph(
                $"{score.Cut} of the questions are longer than the model's window; the beginning of their contexts was left out."
            );
        }
    }

    private static string Share(double value, double? error) =>
        Figures.Loss(value) + (error is double e ? $" ± {Figures.Loss(e)} (standard error)" : "");
}
