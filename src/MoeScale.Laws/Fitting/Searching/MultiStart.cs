using MoeScale.Basics;
using MoeScale.Laws.Fitting.Descending;
using MoeScale.Laws.Fitting.Problem;

namespace MoeScale.Laws.Fitting.Searching;

/// <summary>
/// Descents from many starting points, then from around the best of their ends while that gains something; and from more starting
/// points where few led to the best end. Works in batches, each of which knows what those before it reached, so that the result does
/// not depend on threads.
/// </summary>
/// <param name="problem">What to fit.</param>
/// <param name="options">How to search.</param>
/// <param name="criterion">Chooses among the ends of descents, lowest first; null for the objective.</param>
internal sealed class MultiStart(FitProblem problem, FitOptions options, Func<ObjectiveEvaluation, double[], double>? criterion)
{
    private const int FirstBatch = 32;

    /// <summary>Fewer starts at the best end are no sign that it is the lowest.</summary>
    public const int Enough = 3;

    // So many times the starts asked for are tried at most.
    private const int MaxGrowth = 4;

    private const int MaxRounds = 40;
    private const int Parents = 4;
    private const int MaxHops = 16;

    private readonly StartingPoints _starts = new(problem, options.Starts, options.Seed, options.Grid);
    private readonly List<double> _values = [];
    private readonly List<StartFate> _fates = [];
    private readonly BestEnds _ends = new();
    private int _hops;

    private enum StartFate : byte
    {
        NotTried,
        Stayed,
        Moved,
    }

    /// <summary>Whether it came to its own end.</summary>
    public bool IsWhole { get; private set; } = true;

    /// <summary>The best ends, none where no starting point had a value.</summary>
    public IReadOnlyList<BestEnds.End> Ends => _ends.All;

    /// <summary>The best ends that differ in height.</summary>
    public IReadOnlyList<BestEnds.End> Distinct(int most) => _ends.Distinct(most);

    public int Tried => _fates.Count(f => f != StartFate.NotTried);

    /// <summary>Starting points whose descent ended at some minimum.</summary>
    public int Converged => _values.Count(double.IsFinite);

    public int Moved => _fates.Count(f => f == StartFate.Moved);

    /// <summary>Starting points that led to a minimum of that height.</summary>
    public int Agreeing(double reached) => _values.Count(v => Minimum.IsSame(v, reached));

    /// <summary>Starting points that no descent left, though they are no minimum of that height.</summary>
    public int Stuck(double reached) =>
        Enumerable.Range(0, _values.Count).Count(i => _fates[i] == StartFate.Stayed && !Minimum.IsSame(_values[i], reached));

    public void Run()
    {
        int count = _starts.Count;
        // A paper's grid and choice are carried out as they are.
        bool asTold = criterion is not null || options.Grid is not null;
        for (int batch = asTold ? count : FirstBatch; IsWhole && _values.Count < count; batch *= 2)
        {
            Start(Math.Min(batch, count - _values.Count), isGivingUp: !asTold);
        }
        while (!asTold && IsWhole && _ends.All.Count > 0)
        {
            Refine();
            if (Agreeing(_ends.All[0].Value) >= Enough || _values.Count >= MaxGrowth * count)
            {
                break;
            }
            Start(Math.Min(_values.Count, (MaxGrowth * count) - _values.Count), isGivingUp: true);
        }
    }

    private void Start(int count, bool isGivingUp)
    {
        int first = _values.Count;
        double known = isGivingUp && _ends.All.Count > 0 ? _ends.All[0].Value : double.PositiveInfinity;
        double[] values = new double[count];
        Array.Fill(values, double.NaN);
        StartFate[] fates = new StartFate[count];
        Descend(
            count,
            (w, job) =>
            {
                int index = first + job;
                Place(w, index);
                w.RememberStart();
                DescentEnd end = w.Run(known);
                fates[job] = end != DescentEnd.NoValue && w.HasMoved() ? StartFate.Moved : StartFate.Stayed;
                values[job] = end == DescentEnd.Converged ? w.Descent.Value : double.NaN;
                Offer(w, end, index);
            },
            (double)first / Math.Max(_starts.Count, first + count),
            (double)count / Math.Max(_starts.Count, first + count)
        );
        _values.AddRange(values);
        _fates.AddRange(fates);
    }

    private void Place(DescentWorkspace w, int index)
    {
        const int mostAttempts = 20;
        bool hasValue = false;
        for (int attempt = 0; attempt < mostAttempts && !hasValue; attempt++)
        {
            w.Objective.ForgetSigns(w.X);
            _starts.Fill(index, w.X, attempt);
            bool isSolved = _starts.IsHint(index) || w.Linear.Solve(w.X, _starts.GivenByGrid);
            hasValue = !_starts.HasOthers(index) || (isSolved && w.HasValue());
        }
    }

    /// <summary>
    /// Descends from around the best ends, as long as that finds a lower one; at least once, since on ten rows nearly all starts may
    /// share a second-best minimum.
    /// </summary>
    private void Refine()
    {
        for (int round = 0; IsWhole && round < MaxRounds; round++)
        {
            double before = _ends.All[0].Value;
            BestEnds.End[] ends = [.. _ends.Distinct(int.MaxValue)];
            BestEnds.End[] parents = [.. ends.Take(Parents)];
            int first = _hops;
            int hops = Math.Min(MaxHops, _starts.Count);
            Descend(
                hops * parents.Length,
                (w, job) =>
                {
                    RandomSequence random = new(options.Seed, (1ul << 40) + (ulong)(first + job));
                    Hop(w, parents[job / hops].X, ends, job % hops == 0, job % 2 == 0 && ends.Length > 1, ref random);
                    Offer(w, w.Run(before), int.MaxValue - 1_000_000 + first + job);
                },
                1,
                0
            );
            _hops += hops * parents.Length;
            if (!Minimum.IsLower(_ends.All[0].Value, before))
            {
                return;
            }
        }
    }

    /// <summary>
    /// An end itself first, to go on from there; else a point some way along the line between two others, or off in each coordinate.
    /// </summary>
    private void Hop(DescentWorkspace w, double[] end, BestEnds.End[] ends, bool isFirst, bool isAlong, ref RandomSequence random)
    {
        int k = random.NextInt(ends.Length);
        double[] one = ends[k].X,
            other = ends[isAlong ? (k + 1 + random.NextInt(ends.Length - 1)) % ends.Length : k].X;
        double reach = isFirst ? 0 : Math.Pow(10, -1.5 + (2 * random.NextDouble()));
        for (int i = 0; i < end.Length; i++)
        {
            Coordinate c = problem.Coordinates[i];
            double off = (2 * random.NextDouble()) - 1;
            double change = isAlong ? one[i] - other[i] : off * (c.IsLog ? 1 : Math.Max(Math.Abs(end[i]), 0.1));
            w.X[i] = Math.Clamp(end[i] + (reach * change), c.Low, c.High);
        }
        if (!isFirst && random.NextInt(2) == 0)
        {
            w.Linear.Solve(w.X, null);
        }
    }

    // The lowest end counts though its descent stopped early: whether it is a minimum is found out at last.
    private void Offer(DescentWorkspace w, DescentEnd end, int index)
    {
        if (end is not (DescentEnd.NoValue or DescentEnd.GivenUp))
        {
            _ends.Offer(criterion is null ? w.Descent.Value : criterion(w.Objective, w.X), index, w.X);
        }
    }

    private void Descend(int jobs, Action<DescentWorkspace, int> job, double begun, double share) =>
        IsWhole &= Workers.Run(
            jobs,
            options.Threads,
            () => new DescentWorkspace(problem),
            job,
            done => options.Progress?.Invoke(begun + (share * done)),
            options.Cancel
        );
}
