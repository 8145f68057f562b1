using MoeScale.Formulas;

namespace MoeScale.Laws.Fitting;

/// <summary>
/// Where descents begin. First the hints, then points spread evenly over a box around them (a low-discrepancy sequence), or a
/// grid that a paper names. Coefficients that enter linearly are found for each point by <see cref="LinearStart"/>, so that only
/// the others span the box.
/// </summary>
internal sealed class StartingPoints
{
    private readonly FitProblem _problem;
    private readonly int[] _spread;
    private readonly double[] _low;
    private readonly double[] _high;
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
        _base = [.. problem.Coordinates.Select((c, i) => c.Value(free[i].Hint ?? Usual(c)))];
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
        _spread = [.. Enumerable.Range(0, free.Count).Where(i => !problem.Linear.Contains(i))];
        _low = new double[_spread.Length];
        _high = new double[_spread.Length];
        for (int k = 0; k < _spread.Length; k++)
        {
            (_low[k], _high[k]) = Box(problem.Coordinates[_spread[k]], free[_spread[k]], problem.FreeFormula);
        }
        _ratios = Ratios(_spread.Length);
        SplitMix64 random = new(seed, 0);
        _shift = [.. _spread.Select(_ => random.NextDouble())];
    }

    public int Count { get; }

    /// <summary>For each free coefficient, whether the grid gives its value; null where there is no grid.</summary>
    public bool[]? GivenByGrid { get; }

    /// <summary>Whether a point is the hints as they stand, so that nothing is found by least squares.</summary>
    public bool IsHint(int index) => _grid is null && index == 0 && _problem.Free.All(c => c.Hint is not null);

    /// <summary>The coordinates of one point; those that enter linearly are still to be found.</summary>
    public void Fill(int index, Span<double> x)
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
            for (int k = 0; k < _spread.Length; k++)
            {
                double fraction = (_shift[k] + (_ratios[k] * index)) % 1;
                x[_spread[k]] = Math.Clamp(_low[k] + (fraction * (_high[k] - _low[k])), _problem.Coordinates[_spread[k]].Low, _problem.Coordinates[_spread[k]].High);
            }
        }
    }

    private static double Usual(Coordinate c) => c.IsLog ? c.Factor : c.Low >= 0 ? 0.3 : c.High <= 0 ? -0.3 : 0.1;

    /// <summary>Where a coefficient may well lie: around its hint, or where the exponents and scales of the published laws lie.</summary>
    private static (double Low, double High) Box(Coordinate c, OpenCoefficient free, Expression formula)
    {
        if (c.IsLog)
        {
            double decades = Math.Log(10);
            return free.Hint is double scale ? (c.Value(scale) - (1.5 * decades), c.Value(scale) + (1.5 * decades)) : (-3 * decades, 15 * decades);
        }
        if (free.Hint is double hint)
        {
            // A hint of zero says nothing of the size.
            double width = FormulaShape.IsExponent(formula, c.Name) ? 0.05 + (2 * Math.Abs(hint)) : hint == 0 ? 3 : 3 * Math.Abs(hint);
            return (Math.Max(c.Low, hint - width), Math.Min(c.High, hint + width));
        }
        return c.Low >= 0 ? (0.02, 1.2) : c.High <= 0 ? (-1.2, -0.02) : (-1.2, 1.2);
    }

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
