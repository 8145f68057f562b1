namespace MoeScale.Formulas.Differentiation;

/// <summary>
/// Evaluates a <see cref="DifferentiableFormula"/> block by block: <see cref="Begin"/> with the coefficients, then for each
/// block <see cref="Forward(int)"/>, a derivative of one's own by each row's value into <see cref="Seed"/>, and
/// <see cref="Backward()"/>; at last <see cref="End"/> for the gradient. Allocates nothing after it is made. For one thread.
/// </summary>
public sealed unsafe class Evaluation
{
    /// <summary>Most rows of a block: all columns of a usual law stay in the first-level caches.</summary>
    public const int BlockRows = 512;

    private readonly DifferentiableFormula _formula;
    private readonly ColumnSlab _values;
    private readonly ColumnSlab _adjoints;
    private readonly double* _product;
    private readonly double[] _slots;
    private readonly double[] _slotAdjoints;
    private readonly double[] _scalars;
    private readonly double[] _scalarAdjoints;
    private readonly double[] _scales;
    private readonly bool[] _written;
    private ColumnSlab? _data;
    private ColumnSlab? _byScalar;
    private bool _perRow;
    private int _start;
    private int _rows;

    /// <param name="formula">What to evaluate.</param>
    /// <param name="mostRows">The most rows of any data.</param>
    public Evaluation(DifferentiableFormula formula, int mostRows)
    {
        _formula = formula;
        int steps = formula.Steps.Length;
        int capacity = Math.Min(BlockRows, mostRows);
        _values = new ColumnSlab(steps, capacity);
        _adjoints = new ColumnSlab(steps + 1, capacity);
        _product = _adjoints.Pointer(steps);
        _slots = new double[formula.Scalars.Slots];
        _slotAdjoints = new double[formula.Scalars.Slots];
        _scalars = new double[formula.ScalarSlots.Length];
        _scalarAdjoints = new double[formula.ScalarSlots.Length];
        _scales = new double[steps];
        _written = new bool[steps];
    }

    private int Last => _formula.Steps.Length - 1;

    /// <summary>The formula's value at each row of the block, the last vector filled up.</summary>
    public double* Value => _values.Pointer(Last);

    /// <summary>Where the caller puts the derivative by each row's value, 0 for the rows that fill the last vector up.</summary>
    public double* Seed => _adjoints.Pointer(Last);

    /// <param name="data">As bound by <see cref="DifferentiableFormula.Bind"/>, or gathered from it.</param>
    /// <param name="coefficients">One value for each.</param>
    public void Begin(ColumnSlab data, ReadOnlySpan<double> coefficients)
    {
        _data = data;
        _formula.Scalars.Fill(coefficients, _slots);
        for (int i = 0; i < _scalars.Length; i++)
        {
            _scalars[i] = _slots[_formula.ScalarSlots[i]];
        }
        Array.Clear(_scalarAdjoints);
        for (int i = Last; i >= 0; i--)
        {
            int reader = _formula.Borrows[i];
            _scales[i] = reader < 0 ? 1 : _scales[reader] * _scalars[TermOf(reader, i).Scalar];
        }
    }

    /// <summary>Computes <see cref="Value"/>.</summary>
    /// <param name="start">First row of the block.</param>
    /// <returns>Rows of the block, a multiple of <see cref="ColumnSlab.Width"/>: the last ones may be copies.</returns>
    public int Forward(int start)
    {
        _start = start;
        _rows = Math.Min(BlockRows, _data!.PaddedRows - start);
        for (int i = 0; i <= Last; i++)
        {
            Forward(_formula.Steps[i], _values.Pointer(i));
        }
        return _rows;
    }

    /// <summary>Adds the block to the gradient.</summary>
    public void Backward()
    {
        Array.Clear(_written);
        _written[Last] = true;
        for (int i = Last; i >= 0; i--)
        {
            Backward(i);
        }
    }

    /// <summary>The derivative of what was seeded by each coefficient, over all blocks.</summary>
    public void End(Span<double> gradient)
    {
        Array.Clear(_slotAdjoints);
        for (int i = 0; i < _scalars.Length; i++)
        {
            _slotAdjoints[_formula.ScalarSlots[i]] += _scalarAdjoints[i];
        }
        _formula.Scalars.Backward(_slots, _slotAdjoints);
        _slotAdjoints.AsSpan(0, gradient.Length).CopyTo(gradient);
    }

    /// <summary>The derivative of each row's value by each coefficient.</summary>
    /// <param name="data">As for <see cref="Begin"/>.</param>
    /// <param name="coefficients">One value for each.</param>
    /// <param name="jacobian">A column for each coefficient first, with the rows of <paramref name="data"/>.</param>
    /// <param name="values">As long as the padded rows: the value at each row is put there; or null.</param>
    public void Jacobian(ColumnSlab data, ReadOnlySpan<double> coefficients, ColumnSlab jacobian, double* values = null)
    {
        Begin(data, coefficients);
        _byScalar ??= new ColumnSlab(_scalars.Length, _values.Capacity);
        for (int start = 0; start < data.PaddedRows; start += BlockRows)
        {
            Forward(start);
            if (values != null)
            {
                new Span<double>(Value, _rows).CopyTo(new Span<double>(values + start, _rows));
            }
            new Span<double>(Seed, _rows).Fill(1);
            for (int i = 0; i < _scalars.Length; i++)
            {
                new Span<double>(_byScalar.Pointer(i), _rows).Clear();
            }
            _perRow = true;
            Backward();
            _perRow = false;
            for (int c = 0; c < coefficients.Length; c++)
            {
                new Span<double>(jacobian.Pointer(c) + start, _rows).Clear();
            }
            for (int i = 0; i < _scalars.Length; i++)
            {
                Array.Clear(_slotAdjoints);
                _slotAdjoints[_formula.ScalarSlots[i]] = 1;
                _formula.Scalars.Backward(_slots, _slotAdjoints);
                for (int c = 0; c < coefficients.Length; c++)
                {
                    if (_slotAdjoints[c] != 0)
                    {
                        ColumnKernels.AddScaled(jacobian.Pointer(c) + start, _rows, _slotAdjoints[c], _byScalar.Pointer(i), replace: false);
                    }
                }
            }
        }
    }

    private double* Pointer(int column) => column >= 0 ? _data!.Pointer(column) + _start : _values.Pointer(-1 - column);

    private Term TermOf(int linearStep, int step)
    {
        foreach (Term term in _formula.Steps[linearStep].Terms)
        {
            if (term.Column == -1 - step)
            {
                return term;
            }
        }
        throw new InvalidOperationException($"step {linearStep} does not read step {step}.");
    }

    private void Forward(ColumnStep step, double* y)
    {
        switch (step.Kind)
        {
            case StepKind.Linear:
                Affine(step, y);
                break;
            case StepKind.Exponential:
                Affine(step, y);
                ColumnFunctions.Exp(y, y, _rows);
                break;
            case StepKind.Ln:
                ColumnFunctions.Log(y, Pointer(step.Left), _rows);
                break;
            case StepKind.Reciprocal:
                ColumnKernels.Reciprocal(y, _rows, Pointer(step.Left));
                break;
            case StepKind.Multiply:
                ColumnKernels.Multiply(y, _rows, Pointer(step.Left), Pointer(step.Right));
                break;
            case StepKind.Divide:
                ColumnKernels.Divide(y, _rows, Pointer(step.Left), Pointer(step.Right));
                break;
            default:
                ForwardCorner(step, y);
                break;
        }
    }

    private void Affine(ColumnStep step, double* y)
    {
        ReadOnlySpan<Term> terms = step.Terms;
        double constant = _scalars[step.Constant];
        switch (terms.Length)
        {
            case 0:
                new Span<double>(y, _rows).Fill(constant);
                return;
            case 1:
                ColumnKernels.Affine(y, _rows, constant, _scalars[terms[0].Scalar], Pointer(terms[0].Column));
                return;
            case 2:
                ColumnKernels.Affine(
                    y,
                    _rows,
                    constant,
                    _scalars[terms[0].Scalar],
                    Pointer(terms[0].Column),
                    _scalars[terms[1].Scalar],
                    Pointer(terms[1].Column)
                );
                return;
            default:
                ColumnKernels.Affine(
                    y,
                    _rows,
                    constant,
                    _scalars[terms[0].Scalar],
                    Pointer(terms[0].Column),
                    _scalars[terms[1].Scalar],
                    Pointer(terms[1].Column),
                    _scalars[terms[2].Scalar],
                    Pointer(terms[2].Column)
                );
                foreach (Term term in terms[3..])
                {
                    ColumnKernels.AddScaled(y, _rows, _scalars[term.Scalar], Pointer(term.Column), replace: false);
                }
                return;
        }
    }

    private void ForwardCorner(ColumnStep step, double* y)
    {
        double* a = Pointer(step.Left);
        double* b = Pointer(step.Kind == StepKind.Abs ? step.Left : step.Right);
        for (int i = 0; i < _rows; i++)
        {
            y[i] = Corner(step.Kind).Apply(a[i], b[i]);
        }
    }

    private static Operation Corner(StepKind kind) =>
        kind switch
        {
            StepKind.Abs => Operation.Abs,
            StepKind.Min => Operation.Min,
            _ => Operation.Max,
        };

    private void Backward(int index)
    {
        ColumnStep step = _formula.Steps[index];
        int reader = _formula.Borrows[index];
        int home = index;
        while (_formula.Borrows[home] >= 0)
        {
            home = _formula.Borrows[home];
        }
        if (!_written[home])
        {
            // What nothing reads, such as a part times 0.
            return;
        }
        double* g = _adjoints.Pointer(home);
        double scale = _scales[index];
        switch (step.Kind)
        {
            case StepKind.Linear:
                BackwardLinear(step, g, scale);
                break;
            case StepKind.Exponential:
                BackwardExponential(index, step, reader, g, scale);
                break;
            case StepKind.Ln when step.Left < 0:
                double* adjoint = Adjoint(step.Left, out bool replace);
                ColumnKernels.AddQuotient(adjoint, _rows, scale, g, Pointer(step.Left), replace);
                break;
            case StepKind.Reciprocal when step.Left < 0:
                double* y = _values.Pointer(index);
                ColumnKernels.Multiply(_product, _rows, y, y);
                adjoint = Adjoint(step.Left, out replace);
                ColumnKernels.AddProduct(adjoint, _rows, -scale, g, _product, replace);
                break;
            case StepKind.Multiply:
                BackwardProduct(step.Left, step.Right, g, scale);
                BackwardProduct(step.Right, step.Left, g, scale);
                break;
            case StepKind.Divide:
                BackwardQuotient(step, g, _values.Pointer(index), scale);
                break;
            case StepKind.Abs or StepKind.Min or StepKind.Max:
                BackwardCorner(step, g, scale);
                break;
        }
    }

    private void BackwardLinear(ColumnStep step, double* g, double scale)
    {
        Credit(step.Constant, scale, g);
        foreach (Term term in step.Terms)
        {
            bool borrows = term.Column < 0 && _formula.Borrows[-1 - term.Column] >= 0;
            // An exponential that borrows this adjoint has the sum as a by-product, and adds it.
            if (_perRow || !borrows || _formula.Steps[-1 - term.Column].Kind != StepKind.Exponential)
            {
                Credit(term.Scalar, scale, g, Pointer(term.Column));
            }
            if (term.Column < 0 && !borrows)
            {
                double* adjoint = Adjoint(term.Column, out bool replace);
                ColumnKernels.AddScaled(adjoint, _rows, scale * _scalars[term.Scalar], g, replace);
            }
        }
    }

    /// <summary>Adds to a scalar's derivative, or in <see cref="Jacobian"/> to its derivative at each row.</summary>
    private void Credit(int scalar, double scale, double* g)
    {
        if (_perRow)
        {
            ColumnKernels.AddScaled(_byScalar!.Pointer(scalar), _rows, scale, g, replace: false);
        }
        else
        {
            _scalarAdjoints[scalar] += scale * ColumnKernels.Sum(_rows, g);
        }
    }

    private void Credit(int scalar, double scale, double* g, double* x)
    {
        if (_perRow)
        {
            ColumnKernels.AddProduct(_byScalar!.Pointer(scalar), _rows, scale, g, x, replace: false);
        }
        else
        {
            _scalarAdjoints[scalar] += scale * ColumnKernels.Dot(_rows, g, x);
        }
    }

    private void BackwardExponential(int index, ColumnStep step, int reader, double* g, double scale)
    {
        double* x = step.Terms.Length > 0 ? Pointer(step.Terms[0].Column) : g;
        (double sum, double first) = ColumnKernels.ProductDots(_product, _rows, g, _values.Pointer(index), x);
        if (_perRow)
        {
            Credit(step.Constant, scale, _product);
        }
        else
        {
            _scalarAdjoints[step.Constant] += scale * sum;
            if (reader >= 0)
            {
                _scalarAdjoints[TermOf(reader, index).Scalar] += _scales[reader] * sum;
            }
        }
        for (int k = 0; k < step.Terms.Length; k++)
        {
            Term term = step.Terms[k];
            if (k == 0 && !_perRow)
            {
                _scalarAdjoints[term.Scalar] += scale * first;
            }
            else
            {
                Credit(term.Scalar, scale, _product, Pointer(term.Column));
            }
            if (term.Column < 0)
            {
                double* adjoint = Adjoint(term.Column, out bool replace);
                ColumnKernels.AddScaled(adjoint, _rows, scale * _scalars[term.Scalar], _product, replace);
            }
        }
    }

    private void BackwardProduct(int operand, int other, double* g, double scale)
    {
        if (operand < 0)
        {
            double* adjoint = Adjoint(operand, out bool replace);
            ColumnKernels.AddProduct(adjoint, _rows, scale, g, Pointer(other), replace);
        }
    }

    /// <summary>Of y = a/b: g/b for a, −g·y/b for b.</summary>
    private void BackwardQuotient(ColumnStep step, double* g, double* y, double scale)
    {
        double* b = Pointer(step.Right);
        if (step.Left < 0)
        {
            double* adjoint = Adjoint(step.Left, out bool replace);
            ColumnKernels.AddQuotient(adjoint, _rows, scale, g, b, replace);
        }
        if (step.Right < 0)
        {
            ColumnKernels.Multiply(_product, _rows, g, y);
            double* adjoint = Adjoint(step.Right, out bool replace);
            ColumnKernels.AddQuotient(adjoint, _rows, -scale, _product, b, replace);
        }
    }

    private void BackwardCorner(ColumnStep step, double* g, double scale)
    {
        double* a = Pointer(step.Left);
        double* b = Pointer(step.Kind == StepKind.Abs ? step.Left : step.Right);
        for (int side = 0; side < (step.Kind == StepKind.Abs ? 1 : 2); side++)
        {
            int operand = side == 0 ? step.Left : step.Right;
            if (operand >= 0)
            {
                continue;
            }
            double* adjoint = Adjoint(operand, out bool replace);
            for (int i = 0; i < _rows; i++)
            {
                (double left, double right) = Corner(step.Kind).Derivatives(a[i], b[i], 0);
                adjoint[i] = (replace ? 0 : adjoint[i]) + (scale * g[i] * (side == 0 ? left : right));
            }
        }
    }

    private double* Adjoint(int column, out bool replace)
    {
        int step = -1 - column;
        replace = !_written[step];
        _written[step] = true;
        return _adjoints.Pointer(step);
    }
}
