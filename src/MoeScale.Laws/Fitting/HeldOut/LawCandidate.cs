using MoeScale.Basics;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Runs;

namespace MoeScale.Laws.Fitting.HeldOut;

/// <summary>A law that is to be compared: its form with the rows as it reads them, or why it cannot read them.</summary>
public sealed class LawCandidate
{
    private LawCandidate(string id, LawForm? form, FitRows? rows, string? predicted, NotCompared? reason)
    {
        Id = id;
        Form = form;
        Rows = rows;
        Predicted = predicted;
        Reason = reason;
    }

    /// <summary>What to call it: its id, path or formula.</summary>
    public string Id { get; }

    /// <summary>Null where it cannot be fitted.</summary>
    internal LawForm? Form { get; }

    /// <summary>Null where it cannot be fitted.</summary>
    internal FitRows? Rows { get; }

    /// <summary>The column or formula that it predicts.</summary>
    internal string? Predicted { get; }

    /// <summary>Why it cannot be fitted; null where it can.</summary>
    internal NotCompared? Reason { get; }

    /// <param name="id">What to call it.</param>
    /// <param name="read">Gives its form, what it reads and the rows; a complaint makes it a candidate that is listed and not
    /// fitted.</param>
    public static LawCandidate Of(string id, Func<(LawForm Form, FitColumns Columns, FitRows Rows)> read)
    {
        try
        {
            (LawForm form, FitColumns columns, FitRows rows) = read();
            return new LawCandidate(id, form, rows, columns.Observed.Column, null);
        }
        catch (UserException e)
        {
            return new LawCandidate(id, null, null, null, new NotCompared.Refused(e));
        }
    }

    internal LawCandidate Refused(NotCompared reason) => new(Id, null, null, null, reason);

    internal LawCandidate With(FitRows rows) => new(Id, Form, rows, Predicted, null);
}
