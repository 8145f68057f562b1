namespace MoeScale.Exchange.Logs.Formats;

/// <summary>Which of many columns is the loss on held-out text.</summary>
internal static class Losses
{
    /// <summary>
    /// Where a run has no loss under a name that says what it is, the only one among its evaluations is taken; of several none is, which is
    /// told.
    /// </summary>
    public static void Take(RunLog run, IEnumerable<string> names)
    {
        if (run.Last(Columns.ValidationLoss) is not null)
        {
            return;
        }
        string[] own = [.. names.Where(IsLoss).Select(MetricNames.Own).Where(n => run.Last(n) is not null)];
        if (own.Length == 1)
        {
            run.Copy(own[0], Columns.ValidationLoss);
            run.Tell(new ImportNote.Unit(own[0], Columns.ValidationLoss, 1));
        }
        else if (own.Length > 1)
        {
            run.Tell(new ImportNote.SeveralLosses(own));
        }
    }

    private static bool IsLoss(string name) =>
        (name.StartsWith("eval", StringComparison.OrdinalIgnoreCase) || name.StartsWith("val", StringComparison.OrdinalIgnoreCase))
        && (name.EndsWith("loss", StringComparison.OrdinalIgnoreCase) || name.EndsWith("CE", StringComparison.Ordinal));
}
