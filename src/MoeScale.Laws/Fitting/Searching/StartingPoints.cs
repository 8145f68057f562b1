using MoeScale.Basics;
using MoeScale.Formulas;
using MoeScale.Laws.Fitting.Problem;

namespace MoeScale.Laws.Fitting.Searching;

/// <summary>
/// Where descents begin. First the hints, then points spread evenly over a box around them (a low-discrepancy sequence), or a
/// grid that a paper names. Coefficients that enter linearly are found for each point by <see cref="LinearStart"/>, so that only
/// the others span the box.
/// </summary>
internal sealed class StartingPoints
{
    // So many starts to one that also tries the signs that nobody writes.
    private const int OtherSign = 16;

    // Further than any number of starts.
    private const double Elsewhere = 1_000_003;

    private readonly FitProblem _problem;
    private readonly SearchRange[] _spread;
    private readonly double[] _shift;
    private readonly double[] _ratios;
    private readonly IReadOnlyList<double>[]? _grid;
    private readonly double[] _base;

    /// <param name="problem">What is to be fitted.</param>
    /// <param name="starts">How many points; a grid has its own number.</param>
    /// <param name="seed">Shifts the sequence.</param>
    /// <param name="grid">Values of coefficients whose product is the grid; null for spread points.</param>
    public StartingPoints(FitProblem problem, int starts, ulong seed, IReadOnlyDictionary<string, IReadOnlyList<double>>? grid)
    {
        _problem = problem;
        IReadOnlyList<OpenCoefficient> free = problem.Free;
        _base = [.. problem.Coordinates.Select((c, i) => c.Value(free[i].Hint ?? Default(c)))];
        if (grid is not null)
        {
            _grid = [.. free.Select(c => grid.FirstOrDefault(g => Names.Canonical(g.Key) == c.Name).Value ?? [])];
            GivenByGrid = [.. _grid.Select(g => g.Count > 0)];
            // No grid of a paper is near that many; a product that is would overflow.
            double count = _grid.Aggregate(1.0, (n, g) => n * Math.Max(1, g.Count));
            Count = (int)Math.Min(count, int.MaxValue);
        }
        else
        {
            Count = starts;
        }
        IEnumerable<int> others = Enumerable.Range(0, free.Count).Except(problem.Linear);
        _spread = [.. others.Select(i => SearchRange.Of(problem, i)).OrderBy(r => r.ReadsOthers)];
        _ratios = Ratios(_spread.Length);
        RandomSequence random = new(seed, 0);
        _shift = [.. _spread.Select(_ => random.NextDouble())];
    }

    public int Count { get; }

    /// <summary>For each free coefficient, whether the grid gives its value; null where there is no grid.</summary>
    public bool[]? GivenByGrid { get; }

    /// <summary>Whether there are other points in the place of one at which the formula has no value.</summary>
    public bool HasOthers(int index) => _grid is null && index > 1 && _spread.Length > 0;

    /// <summary>Whether a point is the hints as they stand, so that nothing is found by least squares.</summary>
    public bool IsHint(int index) => _grid is null && index == 0 && _problem.Free.All(c => c.Hint is not null);

    /// <summary>The coordinates of one point; those that enter linearly are still to be found.</summary>
    /// <param name="index">Which point; beyond <see cref="Count"/> the sequence goes on.</param>
    /// <param name="x">Is filled.</param>
    /// <param name="attempt">Above 0 for another point in its place, where the formula has no value there.</param>
    public void Fill(int index, Span<double> x, int attempt = 0)
    {
        _base.CopyTo(x);
        if (_grid is not null)
        {
            foreach ((int i, IReadOnlyList<double> values) in _grid.Index())
            {
                if (values.Count > 0)
                {
                    x[i] = _problem.Coordinates[i].Value(values[index % values.Count]);
                    index /= values.Count;
                }
            }
        }
        else if (index > 1)
        {
            // Points 0 and 1 are the hints, as they stand and with least squares.
            bool either = index % OtherSign == OtherSign - 1;
            double place = index + (Elsewhere * attempt);
            for (int k = 0; k < _spread.Length; k++)
            {
                _spread[k].Fill((_shift[k] + (_ratios[k] * place)) % 1, either, x);
            }
        }
    }

    private static double Default(Coordinate c) =>
        c.IsLog ? c.Factor
        : c.Low >= 0 ? 0.3
        : c.High <= 0 ? -0.3
        : 0.1;

    /// <summary>The sequence of Roberts 2018: multiples of 1/φ, 1/φ², ... where φ^(d+1) = φ + 1 fill d dimensions evenly.</summary>
    private static double[] Ratios(int dimensions)
    {
        double phi = 1.5;
        for (int i = 0; i < 60; i++)
        {
            phi = Math.Pow(1 + phi, 1.0 / (dimensions + 1));
        }
        return [.. Enumerable.Range(1, dimensions).Select(k => Math.Pow(phi, -k))];
    }
}
