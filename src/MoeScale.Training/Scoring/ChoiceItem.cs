namespace MoeScale.Training.Scoring;

/// <summary>One question with its choices.</summary>
/// <param name="Line">Where it stands in its file, from 1.</param>
/// <param name="Context">What all choices continue; may be empty.</param>
/// <param name="Choices">Two at least, none empty.</param>
/// <param name="Answer">The right one, from 0.</param>
public sealed record ChoiceItem(long Line, string Context, IReadOnlyList<string> Choices, int Answer)
{
    /// <summary>The file that it was read from, if it was.</summary>
    public string? File { get; init; }
}

/// <summary>What a model makes of one question.</summary>
/// <param name="Item">The question.</param>
/// <param name="Scores">ln p(choice | context) of each choice, nats: the sum over its tokens.</param>
/// <param name="ScoresPerByte">The same by the bytes of the choice in UTF-8, so that longer choices are not at a disadvantage.</param>
/// <param name="IsCut">Whether a context was too long for the model's window and lost its beginning.</param>
public sealed record ChoiceResult(ChoiceItem Item, IReadOnlyList<double> Scores, IReadOnlyList<double> ScoresPerByte, bool IsCut)
{
    /// <summary>The choice with the highest score; of equal ones the first.</summary>
    public int Choice => Highest(Scores);

    /// <summary>The choice with the highest score per byte; of equal ones the first.</summary>
    public int ChoicePerByte => Highest(ScoresPerByte);

    private static int Highest(IReadOnlyList<double> scores)
    {
        int best = 0;
        for (int i = 1; i < scores.Count; i++)
        {
            best = scores[i] > scores[best] ? i : best;
        }
        return best;
    }
}

/// <summary>How often a model chooses rightly.</summary>
/// <param name="Results">In the order of the file.</param>
public sealed record ChoiceScore(IReadOnlyList<ChoiceResult> Results)
{
    /// <summary>The share of questions whose answer has the highest score.</summary>
    public double Accuracy { get; } = Results.Average(r => r.Choice == r.Item.Answer ? 1.0 : 0);

    /// <summary>The share of questions whose answer has the highest score per byte.</summary>
    public double AccuracyPerByte { get; } = Results.Average(r => r.ChoicePerByte == r.Item.Answer ? 1.0 : 0);

    /// <summary>√(a·(1 − a)/(n − 1)): how far accuracy would spread over other questions of this kind. Null for one question.</summary>
    public double? StandardError => ErrorOf(Accuracy);

    /// <summary>The same of the accuracy per byte.</summary>
    public double? StandardErrorPerByte => ErrorOf(AccuracyPerByte);

    /// <summary>What guessing would reach.</summary>
    public double Chance => Results.Average(r => 1.0 / r.Item.Choices.Count);

    /// <summary>Questions of which a context was cut.</summary>
    public int Cut => Results.Count(r => r.IsCut);

    private double? ErrorOf(double accuracy) => Results.Count > 1 ? Math.Sqrt(accuracy * (1 - accuracy) / (Results.Count - 1)) : null;
}
