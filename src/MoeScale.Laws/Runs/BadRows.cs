using MoeScale.Basics;

namespace MoeScale.Laws.Runs;

/// <summary>A row that cannot be fitted.</summary>
/// <param name="Line">Its line in the file.</param>
/// <param name="Place">"line 5", "line 5 of b.csv".</param>
/// <param name="Reason">"tokens is missing or NaN".</param>
public sealed record BadRow(int Line, string Place, Phrase Reason);

/// <summary>The rows that cannot be fitted: how many, and the first ten of them.</summary>
public sealed class BadRows
{
    private const int MaxListed = 10;

    private readonly string _path;
    private readonly int _asked;
    private readonly List<BadRow> _first = [];

    internal BadRows(string path, int asked)
    {
        _path = path;
        _asked = asked;
    }

    public int Count { get; private set; }

    /// <summary>The first ten.</summary>
    public IReadOnlyList<BadRow> First => _first;

    internal void Add(int line, string place, Phrase reason)
    {
        Count++;
        if (_first.Count < MaxListed)
        {
            _first.Add(new BadRow(line, place, reason));
        }
    }

    /// <summary>"line 5: tokens is missing or NaN", one a line, and how many more.</summary>
    public Phrase List() =>
        Phrase.List([
            .. _first.Select(r => (Phrase)$"{r.Place}: {r.Reason}"),
            .. Count > MaxListed ? [$"and {Count - MaxListed} more"] : Array.Empty<Phrase>(),
        ]);

    internal UserException Refusal() =>
        new(
            $"{_path}: {Count} of {_asked} rows cannot be fitted:{List()}Correct them, choose others with {FitSettings.Where}"
                + $"{Phrase.If(FitSettings.SkipBadRows, $", or leave them out with {FitSettings.SkipBadRows}")}."
        );
}
