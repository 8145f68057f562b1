namespace MoeScale.Formulas.Differentiation;

/// <summary>
/// Turns a formula of coefficients and data columns into a few steps on whole columns. What depends on data alone becomes a
/// data column, computed once; what depends on coefficients alone becomes a scalar; x^y becomes exp(y·ln x), and products of
/// powers are one exponential of a sum.
/// </summary>
internal sealed class Lowering(IReadOnlyList<string> columns, IReadOnlyList<string> coefficients)
{
    /// <summary>A part of the formula: data, a scalar, a sum of columns, or a product of powers.</summary>
    private abstract record Value;

    private sealed record Data(Expression Expression) : Value;

    private sealed record Scalar(Expression Expression) : Value;

    /// <summary>Constant + Σ factor·column</summary>
    private sealed record Sum(Expression Constant, IReadOnlyList<(Expression Factor, int Column)> Terms) : Value;

    /// <summary>Factor · exp(exponent)</summary>
    private sealed record Power(Expression Factor, Sum Exponent) : Value;

    private static readonly Expression Zero = Expression.Number(0);
    private static readonly Expression One = Expression.Number(1);

    // Any higher power costs less as an exponential.
    private const int LargestProduct = 4;

    private readonly Dictionary<Expression, Value> _lowered = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Expression, int> _keys = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<(Operation, double, string, int, int), int> _interned = [];
    private readonly Dictionary<Expression, (bool Data, bool Coefficients)> _reads = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<int, int> _dataByKey = [];
    private readonly Dictionary<int, int> _scalarByKey = [];
    private readonly Dictionary<string, int> _stepByKey = [];

    /// <summary>Formulas of the given columns, each to be computed once.</summary>
    public List<Expression> DataColumns { get; } = [];

    /// <summary>Formulas of the coefficients.</summary>
    public List<Expression> Scalars { get; } = [];

    public List<ColumnStep> Steps { get; } = [];

    /// <summary>Finds the steps of a formula, once; its value is the last step's column.</summary>
    public void Run(Expression formula)
    {
        Sum sum = ToSum(Lower(formula));
        // One step at least, and of its own, so that the result has one place.
        int column = ToColumn(sum);
        if (column >= 0 || column != -Steps.Count)
        {
            Steps.Add(new ColumnStep(StepKind.Linear, ScalarIndex(Zero), [new Term(ScalarIndex(One), column)]));
        }
        KeepDataInUse();
    }

    /// <summary>Drops the data columns that went into products with other data, and numbers the others anew.</summary>
    private void KeepDataInUse()
    {
        int[] used = [.. Steps.SelectMany(s => s.Reads).Where(c => c >= 0).Distinct().Order()];
        int Number(int column) => column < 0 ? column : Array.IndexOf(used, column);
        for (int i = 0; i < Steps.Count; i++)
        {
            ColumnStep s = Steps[i];
            Steps[i] = s with
            {
                Terms = [.. s.Terms.Select(t => t with { Column = Number(t.Column) })],
                Left = Number(s.Left),
                Right = Number(s.Right),
            };
        }
        Expression[] kept = [.. used.Select(i => DataColumns[i])];
        DataColumns.Clear();
        DataColumns.AddRange(kept);
    }

    private Value Lower(Expression e)
    {
        if (!_lowered.TryGetValue(e, out Value? value))
        {
            (bool data, bool coefficient) = Reads(e);
            value = !coefficient
                ? data
                    ? new Data(e)
                    : new Scalar(e)
                : !data
                    ? new Scalar(e)
                    : Mixed(e);
            _lowered.Add(e, value);
        }
        return value;
    }

    private Value Mixed(Expression e)
    {
        Value left = Lower(e.Left!);
        Value right = e.Right is null ? left : Lower(e.Right);
        return e.Operation switch
        {
            Operation.Add => Plus(ToSum(left), ToSum(right)),
            Operation.Subtract => Plus(ToSum(left), Scale(Expression.Number(-1), ToSum(right))),
            Operation.Negate => Times(new Scalar(Expression.Number(-1)), left),
            Operation.Multiply => Times(left, right),
            Operation.Divide => Over(left, right),
            Operation.Power => Raise(left, right),
            Operation.Sqrt => Raise(left, new Scalar(Expression.Number(0.5))),
            Operation.Exp => new Power(One, ToSum(left)),
            Operation.Ln => Ln(left),
            Operation.Log2 => Scale(Expression.Number(1 / Math.Log(2)), Ln(left)),
            Operation.Log10 => Scale(Expression.Number(1 / Math.Log(10)), Ln(left)),
            Operation.Abs => Step(StepKind.Abs, ToColumn(ToSum(left))),
            Operation.Min => Step(StepKind.Min, ToColumn(ToSum(left)), ToColumn(ToSum(right))),
            Operation.Max => Step(StepKind.Max, ToColumn(ToSum(left)), ToColumn(ToSum(right))),
            _ => throw new ArgumentException($"a formula of coefficients cannot hold the comparison '{e.Operation}'.", nameof(e)),
        };
    }

    private Value Times(Value x, Value y)
    {
        if (y is Scalar || (y is Data && x is not Scalar))
        {
            (x, y) = (y, x);
        }
        return (x, y) switch
        {
            (Scalar s, Scalar t) => new Scalar(Product(s.Expression, t.Expression)),
            (Scalar s, Power p) => p with { Factor = Product(s.Expression, p.Factor) },
            (Scalar s, _) => Scale(s.Expression, ToSum(y)),
            (Data d, Data f) => new Data(Expression.Binary(Operation.Multiply, d.Expression, f.Expression)),
            (Data d, Sum sum) => TimesData(d.Expression, sum),
            (Power p, Power q) => new Power(Product(p.Factor, q.Factor), Plus(p.Exponent, q.Exponent)),
            _ => TimesColumns(ToSum(x), ToSum(y)),
        };
    }

    /// <summary>Products of data with data are data; only what depends on coefficients is multiplied at each evaluation.</summary>
    private Sum TimesData(Expression data, Sum sum)
    {
        Sum result = sum.Constant.IsNumber(0) ? new Sum(Zero, []) : new Sum(Zero, [(sum.Constant, DataColumn(data))]);
        foreach ((Expression factor, int column) in sum.Terms)
        {
            Sum product =
                column >= 0
                    ? new Sum(Zero, [(One, DataColumn(Expression.Binary(Operation.Multiply, data, DataColumns[column])))])
                    : Step(StepKind.Multiply, DataColumn(data), column);
            result = Plus(result, Scale(factor, product));
        }
        return result;
    }

    private Sum TimesColumns(Sum x, Sum y)
    {
        // A single column keeps its scalar outside, so that like products are one step.
        (Expression fx, int cx) = Single(x);
        (Expression fy, int cy) = Single(y);
        return Scale(Product(fx, fy), Step(StepKind.Multiply, Math.Max(cx, cy), Math.Min(cx, cy)));

        (Expression, int) Single(Sum s) => s.Constant.IsNumber(0) && s.Terms is [var only] ? only : (One, ToColumn(s));
    }

    /// <summary>
    /// A true quotient wherever both are columns: x·(1/x) need not be 1, and what is left of it may be divided by a small coefficient.
    /// </summary>
    private Value Over(Value x, Value y) =>
        (x, y) switch
        {
            (Scalar s, Scalar t) => new Scalar(Quotient(s.Expression, t.Expression)),
            (_, Scalar or Power) or (Scalar or Power, Data) or (Scalar, Sum) => Times(x, Inverse(y)),
            (Data d, Data f) => new Data(Expression.Binary(Operation.Divide, d.Expression, f.Expression)),
            _ => OverColumn(ToSum(x), ToColumn(ToSum(y))),
        };

    private Sum OverColumn(Sum x, int y)
    {
        (Expression factor, int column) = x.Constant.IsNumber(0) && x.Terms is [var only] ? only : (One, ToColumn(x));
        return Scale(factor, Step(StepKind.Divide, column, y));
    }

    private Value Inverse(Value x) =>
        x switch
        {
            Scalar s => new Scalar(Quotient(One, s.Expression)),
            Data d => new Data(Expression.Binary(Operation.Divide, One, d.Expression)),
            Power p => new Power(Quotient(One, p.Factor), Scale(Expression.Number(-1), p.Exponent)),
            _ => Step(StepKind.Reciprocal, ToColumn((Sum)x)),
        };

    private Value Raise(Value x, Value y)
    {
        if (y is Scalar exponent)
        {
            if (x is Power p)
            {
                return new Power(Expression.Binary(Operation.Power, p.Factor, exponent.Expression), Scale(exponent.Expression, p.Exponent));
            }
            if (
                x is Sum
                && exponent.Expression is { Operation: Operation.Number or Operation.Negate }
                && WholeNumber(exponent.Expression) is int n
            )
            {
                // A whole power has a value where the logarithm has none.
                Value product = x;
                for (int i = 1; i < Math.Abs(n); i++)
                {
                    product = Times(product, x);
                }
                return n > 0 ? product : Inverse(product);
            }
        }
        return new Power(One, ToSum(Times(y, LnOfBase(x))));
    }

    private static int? WholeNumber(Expression e)
    {
        double value =
            e.Operation == Operation.Number ? e.Value
            : e.Left!.Operation == Operation.Number ? -e.Left.Value
            : double.NaN;
        return value == Math.Floor(value) && Math.Abs(value) is >= 1 and <= LargestProduct ? (int)value : null;
    }

    private Value LnOfBase(Value x) =>
        x switch
        {
            Scalar s => new Scalar(Expression.Unary(Operation.Ln, s.Expression)),
            // 0^y is exp(−1e6·y), which is 0 for every y > 0 that a law has, and has a derivative; a negative base stays NaN.
            Data d => new Data(Expression.Binary(Operation.Max, Expression.Unary(Operation.Ln, d.Expression), Expression.Number(-1e6))),
            _ => Ln(x),
        };

    private Sum Ln(Value x) =>
        x is Power p ? Plus(new Sum(Expression.Unary(Operation.Ln, p.Factor), []), p.Exponent) : Step(StepKind.Ln, ToColumn(ToSum(x)));

    private Sum ToSum(Value x) =>
        x switch
        {
            Sum s => s,
            Scalar s => new Sum(s.Expression, []),
            Data d => new Sum(Zero, [(One, DataColumn(d.Expression))]),
            Power { Exponent.Terms: [] } p => new Sum(Product(p.Factor, Expression.Unary(Operation.Exp, p.Exponent.Constant)), []),
            Power p => new Sum(Zero, [(p.Factor, LinearStep(StepKind.Exponential, p.Exponent))]),
            _ => throw new ArgumentOutOfRangeException(nameof(x)),
        };

    private int ToColumn(Sum s) =>
        s.Constant.IsNumber(0) && s.Terms is [(var factor, int column)] && factor.IsNumber(1) ? column : LinearStep(StepKind.Linear, s);

    private static Sum Plus(Sum x, Sum y)
    {
        List<(Expression Factor, int Column)> terms = [.. x.Terms];
        foreach ((Expression factor, int column) in y.Terms)
        {
            int like = terms.FindIndex(t => t.Column == column);
            if (like < 0)
            {
                terms.Add((factor, column));
            }
            else
            {
                terms[like] = (Total(terms[like].Factor, factor), column);
            }
        }
        return new Sum(Total(x.Constant, y.Constant), terms);
    }

    private static Sum Scale(Expression factor, Sum s) =>
        new(Product(factor, s.Constant), [.. s.Terms.Select(t => (Product(factor, t.Factor), t.Column))]);

    private static Expression Product(Expression x, Expression y) =>
        x.IsNumber(0) || y.IsNumber(0) ? Zero
        : x.IsNumber(1) ? y
        : y.IsNumber(1) ? x
        : x.Operation == Operation.Number && y.Operation == Operation.Number ? Expression.Number(x.Value * y.Value)
        : Expression.Binary(Operation.Multiply, x, y);

    private static Expression Quotient(Expression x, Expression y) => y.IsNumber(1) ? x : Expression.Binary(Operation.Divide, x, y);

    private static Expression Total(Expression x, Expression y) =>
        x.IsNumber(0) ? y
        : y.IsNumber(0) ? x
        : Expression.Binary(Operation.Add, x, y);

    private Sum Step(StepKind kind, int left, int right = 0) =>
        new(Zero, [(One, StepColumn(new ColumnStep(kind, -1, [], left, right), $"{kind} {left} {right}"))]);

    private int LinearStep(StepKind kind, Sum s)
    {
        int constant = ScalarIndex(s.Constant);
        Term[] terms = [.. s.Terms.Where(t => !t.Factor.IsNumber(0)).Select(t => new Term(ScalarIndex(t.Factor), t.Column))];
        return StepColumn(new ColumnStep(kind, constant, terms), $"{kind} {constant} {string.Join(' ', terms)}");
    }

    private int StepColumn(ColumnStep step, string key)
    {
        if (!_stepByKey.TryGetValue(key, out int index))
        {
            index = Steps.Count;
            Steps.Add(step);
            _stepByKey.Add(key, index);
        }
        return -1 - index;
    }

    private int DataColumn(Expression e) => Index(e, DataColumns, _dataByKey);

    private int ScalarIndex(Expression e) => Index(e, Scalars, _scalarByKey);

    private int Index(Expression e, List<Expression> list, Dictionary<int, int> byKey)
    {
        int key = Key(e);
        if (!byKey.TryGetValue(key, out int index))
        {
            index = list.Count;
            list.Add(e);
            byKey.Add(key, index);
        }
        return index;
    }

    /// <summary>Equal for equal expressions, wherever they stand.</summary>
    private int Key(Expression e)
    {
        if (!_keys.TryGetValue(e, out int key))
        {
            var parts = (e.Operation, e.Value, e.Name, e.Left is null ? -1 : Key(e.Left), e.Right is null ? -1 : Key(e.Right));
            if (!_interned.TryGetValue(parts, out key))
            {
                key = _interned.Count;
                _interned.Add(parts, key);
            }
            _keys.Add(e, key);
        }
        return key;
    }

    private (bool Data, bool Coefficients) Reads(Expression e)
    {
        if (!_reads.TryGetValue(e, out (bool Data, bool Coefficients) reads))
        {
            if (e.Operation == Operation.Name)
            {
                reads = (columns.Contains(e.Name), coefficients.Contains(e.Name));
                if (!reads.Data && !reads.Coefficients)
                {
                    throw new ArgumentException($"'{e.Name}' is neither a column nor a coefficient.", nameof(e));
                }
            }
            else
            {
                (bool data, bool coefficient) = e.Left is null ? default : Reads(e.Left);
                (bool rightData, bool rightCoefficient) = e.Right is null ? default : Reads(e.Right);
                reads = (data || rightData, coefficient || rightCoefficient);
            }
            _reads.Add(e, reads);
        }
        return reads;
    }
}
