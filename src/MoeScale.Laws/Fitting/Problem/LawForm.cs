using MoeScale.Basics;
using MoeScale.Formulas;

namespace MoeScale.Laws.Fitting.Problem;

/// <summary>The formula of a law with its coefficients open: what a fit is asked to fill in. Immutable.</summary>
public sealed class LawForm
{
    private LawForm(Expression formula, IReadOnlyList<string> letters, IReadOnlyList<OpenCoefficient> coefficients)
    {
        Formula = formula;
        Letters = letters;
        Coefficients = coefficients;
    }

    /// <summary>The law whose form it is; null for a bare formula.</summary>
    public Law? Law { get; private init; }

    /// <summary>The formula over letters and coefficients.</summary>
    public Expression Formula { get; }

    /// <summary>Names of the variables, in the order of the columns of any data.</summary>
    public IReadOnlyList<string> Letters { get; }

    /// <summary>Every coefficient, free or not, in the order of the law.</summary>
    public IReadOnlyList<OpenCoefficient> Coefficients { get; }

    /// <summary>Coefficients that a fit may move.</summary>
    public IReadOnlyList<OpenCoefficient> Free => [.. Coefficients.Where(c => c is { Held: null, TiedTo: null })];

    /// <summary>A law with all coefficients free; its values serve as hints for starting points.</summary>
    public static LawForm Of(Law law) =>
        new(
            law.Formula,
            [.. law.Variables.Select(v => v.Name)],
            [
                .. law.Coefficients.Select(c => new OpenCoefficient(c.Name)
                {
                    Hint = c.Value,
                    Sign = c.Sign,
                    Low = c.Low,
                    High = c.High,
                }),
            ]
        )
        {
            Law = law,
        };

    /// <summary>A bare formula: every name that is no letter is a free coefficient of any sign.</summary>
    public static LawForm Of(Expression formula, IReadOnlyList<string> letters) =>
        new(formula, letters, [.. formula.FreeNames().Where(n => !letters.Contains(n)).Select(n => new OpenCoefficient(n))]);

    /// <summary>Holds a coefficient at a value.</summary>
    /// <exception cref="UserException">No such coefficient, or its sign forbids the value.</exception>
    public LawForm Hold(string name, double value)
    {
        OpenCoefficient held = Find(name);
        if ((held.Sign == Sign.Positive && value < 0) || (held.Sign == Sign.Negative && value > 0))
        {
            throw new UserException(
                $"'{held.Name}' cannot be held at {value:R}: the law declares it {held.Sign.ToString().ToLowerInvariant()}. Give a value "
                    + $"of that sign."
            );
        }
        return held.TiedTo is null
            ? With(held, held with { Held = value })
            : throw new UserException(
                $"'{held.Name}' cannot be held and follow '{held.TiedTo}' both. Hold '{held.TiedTo}', which both then are."
            );
    }

    /// <summary>Makes one coefficient follow another.</summary>
    /// <exception cref="UserException">No such coefficients, the two are one, or the other is not free.</exception>
    public LawForm Tie(string name, string to)
    {
        OpenCoefficient tied = Find(name);
        OpenCoefficient leader = Find(to);
        if (tied.Name == leader.Name)
        {
            throw new UserException($"'{tied.Name}' is tied to itself. Name two coefficients, as in β=α.");
        }
        if (leader.TiedTo is not null || Coefficients.Any(c => c.TiedTo == tied.Name))
        {
            throw new UserException(
                $"'{tied.Name}' cannot follow '{leader.Name}', because one of them is tied already. Tie all of them to one coefficient."
            );
        }
        if (leader.Sign != tied.Sign && leader.Sign != Sign.Any && tied.Sign != Sign.Any)
        {
            throw new UserException($"'{tied.Name}' cannot follow '{leader.Name}': the law declares one positive and the other negative.");
        }
        if (tied.Held is not null)
        {
            throw new UserException(
                $"'{tied.Name}' cannot be held and follow '{leader.Name}' both. Hold '{leader.Name}', which both then are."
            );
        }
        // The one value must suit both.
        OpenCoefficient narrowed = leader with
        {
            Sign = leader.Sign == Sign.Any ? tied.Sign : leader.Sign,
            Low = Larger(leader.Low, tied.Low),
            High = Smaller(leader.High, tied.High),
        };
        return narrowed.Low > narrowed.High
            ? throw new UserException($"'{tied.Name}' cannot follow '{leader.Name}': no value lies within the bounds of both.")
            : With(leader, narrowed).With(tied, tied with { TiedTo = leader.Name });
    }

    /// <summary>The formula over letters and free coefficients alone.</summary>
    internal Expression FreeFormula()
    {
        Dictionary<string, Expression> known = [];
        foreach (OpenCoefficient c in Coefficients)
        {
            if (c.Held is double value)
            {
                known.Add(c.Name, Expression.Number(value));
            }
            else if (c.TiedTo is string leader)
            {
                known.Add(c.Name, Find(leader).Held is double held ? Expression.Number(held) : Expression.Variable(leader));
            }
        }
        return known.Count == 0 ? Formula : Formula.Substitute(known);
    }

    /// <summary>The value of every coefficient, from those of the free ones.</summary>
    internal double[] All(ReadOnlySpan<double> free)
    {
        Dictionary<string, double> values = [];
        int next = 0;
        foreach (OpenCoefficient c in Coefficients)
        {
            if (c.TiedTo is null)
            {
                values.Add(c.Name, c.Held ?? free[next++]);
            }
        }
        return [.. Coefficients.Select(c => values[c.TiedTo ?? c.Name])];
    }

    private static double? Larger(double? a, double? b) => a > b ? a : b ?? a;

    private static double? Smaller(double? a, double? b) => a < b ? a : b ?? a;

    private OpenCoefficient Find(string name) =>
        Coefficients.FirstOrDefault(c => c.Name == Names.Canonical(name))
        ?? throw new UserException(
            $"'{name}' is no coefficient of the formula{Guess.Hint(name, Coefficients.Select(c => c.Name))}. Its coefficients are "
                + $"{string.Join(", ", Coefficients.Select(c => c.Name))}."
        );

    private LawForm With(OpenCoefficient old, OpenCoefficient changed) =>
        new(Formula, Letters, [.. Coefficients.Select(c => c == old ? changed : c)]) { Law = Law };
}
