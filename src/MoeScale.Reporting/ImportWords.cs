using MoeScale.Basics;
using MoeScale.Exchange.Logs;

namespace MoeScale.Reporting;

/// <summary>What is said of imported runs.</summary>
public static class ImportWords
{
    /// <summary>Without full stop.</summary>
    public static Phrase Of(ImportNote note) =>
        note switch
        {
            ImportNote.Joined n => $"{Path.GetFileName(n.File)} goes on with it from step {n.Step:#,0}",
            ImportNote.BeginsLate n => $"begins with step {n.Step:#,0}: the log of its first steps is not among these files",
            ImportNote.Thinned n => $"a chart's export, thinned to {Plural.Of(n.Points, "point")} of the curve",
            ImportNote.Unit { Factor: 1 } n => $"{n.From} is taken for {n.To}",
            ImportNote.Unit n => $"{n.From} becomes {n.To}, times {n.Factor:0.###e0}",
            ImportNote.Rounded n => $"{n.Column} is printed with three digits",
            ImportNote.SeveralLosses n =>
                $"{string.Join(", ", n.Columns.Take(3))}{(n.Columns.Count > 3 ? $" and {n.Columns.Count - 3} more" : "")} may each be "
                    + $"the held-out loss; name one in a fit",
            ImportNote.AllExpertsCounted n => $"{n.Column} counts all experts of a model, not those that a token uses",
            ImportNote.OtherParameters n =>
                $"{Quantity.FormatCount(n.Logged)} parameters in the log and {Quantity.FormatCount(n.Counted)} by the model's "
                    + $"census{(n.Explained is string what ? $": the log counts {what}" : ", and no way of counting explains it")}",
            ImportNote.Damaged n => $"{Path.GetFileName(n.File)} is damaged or cut at {n.Position:#,0}; what follows there is lost",
            ImportNote.GivenInstead n => $"{n.Name} is {n.Logged:#,0} in the log; the given {n.Given:#,0} counts",
            ImportNote.ModelFrom n => $"its model is that of {n.Place}",
            ImportNote.OneRank n => $"several ranks print; rank {n.Rank} is read",
            _ => throw new NotSupportedException($"no words for {note}"),
        };
}
