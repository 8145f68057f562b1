namespace MoeScale.Formulas;

/// <summary>
/// A formula as a list of steps, each of which fills one slot from one or two earlier slots. The slots are first the inputs,
/// then the constants, then the steps in order; one slot is the value, or several are where formulas are compiled together.
/// Equal subexpressions share a step, and what depends on constants alone is computed once, here.
/// </summary>
public sealed class CompiledFormula
{
    private sealed record Step(Operation Operation, int Left, int Right);

    private readonly int _inputs;
    private readonly double[] _constants;
    private readonly Step[] _steps;
    private readonly int[] _results;

    private CompiledFormula(int inputs, double[] constants, Step[] steps, int[] results)
    {
        _inputs = inputs;
        _constants = constants;
        _steps = steps;
        _results = results;
    }

    internal int Slots => _inputs + _constants.Length + _steps.Length;

    /// <summary>Number of steps left to do for each evaluation.</summary>
    public int StepCount => _steps.Length;

    /// <param name="expression">What to compute.</param>
    /// <param name="inputs">Names of the inputs, in the order in which values will be given.</param>
    /// <param name="constants">Values of names that do not vary.</param>
    /// <exception cref="ArgumentException">A name is neither input nor constant, or a column is compared with a text.</exception>
    public static CompiledFormula Compile(
        Expression expression,
        IReadOnlyList<string> inputs,
        IReadOnlyDictionary<string, double>? constants = null
    )
    {
        return Compile([expression], inputs, constants);
    }

    /// <summary>Several formulas of the same inputs, whose common parts are then computed once.</summary>
    /// <param name="expressions">What to compute, for <see cref="EvaluateAll"/>.</param>
    /// <param name="inputs">Names of the inputs, in the order in which values will be given.</param>
    /// <param name="constants">Values of names that do not vary.</param>
    /// <exception cref="ArgumentException">A name is neither input nor constant.</exception>
    public static CompiledFormula Compile(
        IReadOnlyList<Expression> expressions,
        IReadOnlyList<string> inputs,
        IReadOnlyDictionary<string, double>? constants = null
    )
    {
        Builder builder = new(inputs, constants ?? new Dictionary<string, double>());
        return builder.Build([.. expressions.Select(builder.Add)]);
    }

    /// <summary>The value at one point.</summary>
    /// <param name="inputs">One value for each input.</param>
    public double Evaluate(ReadOnlySpan<double> inputs)
    {
        Span<double> value = stackalloc double[_results.Length];
        EvaluateAll(inputs, value);
        return value[^1];
    }

    /// <summary>The value of each formula at one point.</summary>
    /// <param name="inputs">One value for each input.</param>
    /// <param name="values">One for each formula, written here.</param>
    public void EvaluateAll(ReadOnlySpan<double> inputs, Span<double> values)
    {
        if (inputs.Length != _inputs)
        {
            throw new ArgumentException($"{inputs.Length} values were given; the formula has {_inputs} inputs.", nameof(inputs));
        }
        Span<double> slots = Slots <= 256 ? stackalloc double[Slots] : new double[Slots];
        Fill(inputs, slots);
        for (int i = 0; i < _results.Length; i++)
        {
            values[i] = slots[_results[i]];
        }
    }

    /// <summary>The slot that holds a formula's value.</summary>
    internal int ResultSlot(int formula) => _results[formula];

    /// <summary>Computes all slots.</summary>
    internal void Fill(ReadOnlySpan<double> inputs, Span<double> slots)
    {
        inputs.CopyTo(slots);
        _constants.CopyTo(slots[_inputs..]);
        int next = _inputs + _constants.Length;
        foreach (Step step in _steps)
        {
            slots[next++] = step.Operation.Apply(slots[step.Left], slots[step.Right]);
        }
    }

    /// <summary>Walks the steps backwards: the derivative by each slot, of a quantity whose derivative by the results is given.</summary>
    /// <param name="slots">As filled by <see cref="Fill"/>.</param>
    /// <param name="adjoints">The derivative by each slot that is a result, else 0; added to. The inputs' come first.</param>
    internal void Backward(ReadOnlySpan<double> slots, Span<double> adjoints)
    {
        for (int i = _steps.Length - 1; i >= 0; i--)
        {
            int slot = _inputs + _constants.Length + i;
            if (adjoints[slot] != 0)
            {
                Step step = _steps[i];
                (double left, double right) = step.Operation.Derivatives(slots[step.Left], slots[step.Right], slots[slot]);
                adjoints[step.Left] += adjoints[slot] * left;
                adjoints[step.Right] += adjoints[slot] * right;
            }
        }
    }

    /// <summary>The value at every row of a table.</summary>
    /// <param name="columns">One column for each input, all as long as <paramref name="result"/>.</param>
    /// <param name="result">Written here. May not be one of the columns.</param>
    /// <remarks>Agrees with <see cref="Evaluate(ReadOnlySpan{double})"/> up to the rounding of the vectorised functions.</remarks>
    public void Evaluate(IReadOnlyList<ReadOnlyMemory<double>> columns, Span<double> result)
    {
        int rows = result.Length;
        if (columns.Count != _inputs || columns.Any(c => c.Length != rows))
        {
            throw new ArgumentException($"The formula needs {_inputs} columns of {rows} rows.", nameof(columns));
        }
        // A block's slots stay in the first-level caches.
        const int block = 256;
        double[] slots = new double[Slots * block];
        for (int i = 0; i < _constants.Length; i++)
        {
            slots.AsSpan((_inputs + i) * block, block).Fill(_constants[i]);
        }
        for (int row = 0; row < rows; row += block)
        {
            int length = Math.Min(block, rows - row);
            for (int i = 0; i < _inputs; i++)
            {
                columns[i].Span.Slice(row, length).CopyTo(slots.AsSpan(i * block));
            }
            int next = _inputs + _constants.Length;
            foreach (Step step in _steps)
            {
                ColumnOperations.Apply(
                    step.Operation,
                    slots.AsSpan(step.Left * block, length),
                    slots.AsSpan(step.Right * block, length),
                    slots.AsSpan(next * block, length)
                );
                next++;
            }
            slots.AsSpan(_results[^1] * block, length).CopyTo(result[row..]);
        }
    }

    /// <summary>
    /// Numbers the values of an expression. While their number is unknown, an input is its index, a constant −1 − index, and
    /// a step the number of inputs + index; the constants then move between inputs and steps.
    /// </summary>
    private sealed class Builder(IReadOnlyList<string> inputs, IReadOnlyDictionary<string, double> constants)
    {
        private readonly Dictionary<string, int> _inputIndex = Index(inputs);
        private readonly Dictionary<string, double> _constantValues = Names.Canonical(constants);
        private readonly List<double> _constants = [];
        private readonly List<Step> _steps = [];
        private readonly Dictionary<Expression, int> _seen = new(ReferenceEqualityComparer.Instance);

        /// <summary>A shared subtree is visited once, however often it occurs.</summary>
        public int Add(Expression e)
        {
            if (!_seen.TryGetValue(e, out int value))
            {
                value = Visit(e);
                _seen.Add(e, value);
            }
            return value;
        }

        public CompiledFormula Build(int[] results)
        {
            Step[] steps = [.. _steps.Select(s => new Step(s.Operation, Slot(s.Left), Slot(s.Right)))];
            return new CompiledFormula(inputs.Count, [.. _constants], steps, [.. results.Select(Slot)]);

            int Slot(int value) =>
                value < 0 ? inputs.Count - 1 - value
                : value < inputs.Count ? value
                : value + _constants.Count;
        }

        private int Visit(Expression e)
        {
            if (e.Operation == Operation.Number)
            {
                return Constant(e.Value);
            }
            if (e.Operation == Operation.Name)
            {
                return _inputIndex.TryGetValue(e.Name, out int input) ? input
                    : _constantValues.TryGetValue(e.Name, out double value) ? Constant(value)
                    : throw new ArgumentException(
                        $"'{e.Name}' is neither an input ({string.Join(", ", inputs)}) nor a constant.",
                        nameof(e)
                    );
            }
            if (e.Operation == Operation.Text)
            {
                throw new ArgumentException($"'{e.Name}' is a text; a compiled formula holds numbers only.", nameof(e));
            }
            int left = Add(e.Left!);
            // An operation of one operand reads it twice, which keeps evaluation free of a branch.
            int right = e.Right is null ? left : Add(e.Right);
            if (left < 0 && right < 0)
            {
                return Constant(e.Operation.Apply(_constants[-1 - left], _constants[-1 - right]));
            }
            Step step = new(e.Operation, left, right);
            int index = _steps.IndexOf(step);
            if (index < 0)
            {
                index = _steps.Count;
                _steps.Add(step);
            }
            return inputs.Count + index;
        }

        private int Constant(double value)
        {
            // By bits: 0 and −0 are equal, but not their inverses.
            int index = _constants.FindIndex(c => BitConverter.DoubleToInt64Bits(c) == BitConverter.DoubleToInt64Bits(value));
            if (index < 0)
            {
                index = _constants.Count;
                _constants.Add(value);
            }
            return -1 - index;
        }

        private static Dictionary<string, int> Index(IReadOnlyList<string> names)
        {
            Dictionary<string, int> index = [];
            for (int i = 0; i < names.Count; i++)
            {
                index.Add(Names.Canonical(names[i]), i);
            }
            return index;
        }
    }
}
