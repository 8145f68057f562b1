using MoeScale.Basics;
using MoeScale.Laws.Runs;
using MoeScale.Laws.Warnings;

namespace MoeScale.Laws.Fitting.IsoFlop;

/// <summary>How curves are formed.</summary>
public sealed record IsoFlopOptions
{
    /// <summary>The letter that counts parameters.</summary>
    public string Size { get; init; } = "N";

    /// <summary>The letter that counts training tokens.</summary>
    public string Tokens { get; init; } = "D";

    /// <summary>Largest difference of budgets in one curve, as that of their natural logarithms: 0.2 is about ±10 %.</summary>
    public double Width { get; init; } = 0.2;

    /// <summary>Sizes that a curve must have; 3 are met by the parabola exactly.</summary>
    public int MinSizes { get; init; } = 3;

    /// <summary>How far outside the sizes a minimum still counts, as a share of the range of ln N.</summary>
    public double Nearness { get; init; } = 0.1;
}

/// <summary>
/// What the parabolas get wrong by themselves: the same parabolas through the losses that the fitted law gives, without noise, at the
/// same N and D. The loss of a power law at one budget is no parabola in ln N; its vertex is off where α ≠ β or where the
/// sizes are wide or not centred on the optimum, and more so at some budgets than at others.
/// </summary>
/// <param name="Size">a′, the exponent of N from these parabolas.</param>
/// <param name="Tokens">b′, that of D.</param>
/// <param name="SizeBias">a′ − a, with a the exponent of the fitted law.</param>
/// <param name="TokensBias">b′ − b.</param>
/// <param name="Curves">How many curves: those that count, less those whose parabola now opens downwards.</param>
public sealed record IsoFlopBias(double Size, double Tokens, double SizeBias, double TokensBias, int Curves);

/// <summary>
/// Approach 2 of Hoffmann et al. 2022 (arXiv:2203.15556): runs grouped by budget, for each group a parabola of loss in
/// ln N with its minimum, and power laws N_opt ∝ C^a, D_opt ∝ C^b through the minima. Beside it the exponents of a
/// parametric fit, and the bias of the parabolas.
/// </summary>
public sealed record IsoFlopApproach
{
    private static readonly string[] ComputeColumns = ["train_flops", "flops"];
    private static readonly Setting Asked = FitSettings.Approach.To("isoflop");

    /// <summary>Where budgets come from: "train_flops", "flops", "6·N·D", or what is mapped: "train_flops = gflops*1e9".</summary>
    public required string Compute { get; init; }

    /// <summary>All curves that could be formed, by rising budget.</summary>
    public required IReadOnlyList<IsoFlopCurve> Curves { get; init; }

    /// <summary>N_opt of C.</summary>
    public required AllocationLaw Size { get; init; }

    /// <summary>D_opt of C.</summary>
    public required AllocationLaw Tokens { get; init; }

    /// <summary>The exponents of the parametric fit; null where there is none, or of another form.</summary>
    public AllocationExponents? Parametric { get; init; }

    /// <summary>Null where <see cref="Parametric"/> is.</summary>
    public IsoFlopBias? Bias { get; init; }

    /// <summary>What was left out or cannot be trusted.</summary>
    public required IReadOnlyList<IsoFlopNote> Notes { get; init; }

    /// <param name="rows">The runs, with letters of N and D; any other letter has one value.</param>
    /// <param name="parametric">A fit of a law with the same letters; null for none.</param>
    /// <param name="options">How curves are formed; null for the usual.</param>
    /// <exception cref="UserException">The rows lack N or D, mix values of another letter, or give fewer than two curves with a
    /// minimum.</exception>
    public static IsoFlopApproach Run(FitRows rows, Fit? parametric = null, IsoFlopOptions? options = null)
    {
        options ??= new IsoFlopOptions();
        double[] sizes = Logarithms(rows, options.Size),
            tokens = Logarithms(rows, options.Tokens);
        RefuseMixed(rows, options);
        (string compute, double[] flops) = Flops(rows, sizes, tokens, options);
        IReadOnlyList<int[]> windows = BudgetWindows.Find(flops, sizes, options.Width, options.MinSizes);
        if (windows.Count == 0)
        {
            throw new UserException(
                $"{Asked}: no {options.MinSizes} of {rows.Count} rows have different {options.Size} and budgets within a factor of "
                    + $"{Math.Exp(options.Width):0.##} ({compute}), so there is no isoFLOP curve. "
                    + $"Train several sizes at each budget, or use the parametric fit alone."
            );
        }
        IsoFlopCurve[] curves = [.. windows.Select(w => Curve(w, flops, sizes, tokens, rows.Observed, options))];
        int[][] good = [.. windows.Where((_, i) => curves[i].LeftOut is null)];
        IsoFlopCurve[] used = [.. curves.Where(c => c.LeftOut is null)];
        if (used.Length < 2)
        {
            throw TooFew(curves, used.Length);
        }
        double[] budgets = [.. used.Select(c => Math.Log(c.Flops))];
        AllocationExponents? exponents = parametric is { HasValue: true }
            ? AllocationExponents.Of(parametric, rows, options.Size, options.Tokens)
            : null;
        return new IsoFlopApproach
        {
            Compute = compute,
            Curves = curves,
            Size = AllocationLaw.Through(budgets, [.. used.Select(c => Math.Log(c.OptimalSize!.Value))]),
            Tokens = AllocationLaw.Through(budgets, [.. used.Select(c => Math.Log(c.OptimalTokens!.Value))]),
            Parametric = exponents,
            Bias = exponents is null ? null : BiasOf(exponents, parametric!.Predict(rows), good, budgets, sizes, tokens),
            Notes = Remarks(rows, curves, compute, parametric, exponents),
        };
    }

    private static double[] Logarithms(FitRows rows, string letter)
    {
        int index = rows.Letters.ToList().IndexOf(letter);
        return index < 0
            ? throw new UserException(
                $"{Asked} needs parameters {letter} and tokens among the letters of the law, which are {string.Join(", $", rows.Letters)}. "
                    + $"Fit a law of N and D, such as chinchilla-2024."
            )
            : [.. rows.Values[index].Select(v => Math.Log(v))];
    }

    private static void RefuseMixed(FitRows rows, IsoFlopOptions options)
    {
        foreach ((int i, string letter) in rows.Letters.Index())
        {
            int values = rows.Values[i].Distinct().Count();
            if (letter != options.Size && letter != options.Tokens && values > 1)
            {
                throw new UserException(
                    $"{Asked}: {letter} has {values} values, and an isoFLOP curve is of one. Choose one with {FitSettings.Where}, "
                        + $"such as rows where {letter} is {rows.Values[i][0]:G6}, or fit each with {FitSettings.By}."
                );
            }
        }
    }

    private static UserException TooFew(IsoFlopCurve[] curves, int used)
    {
        Phrase reasons = Phrase.List(
            curves.Where(c => c.LeftOut is not null).Select(c => (Phrase)$"{c.Flops:0.00e0} FLOPs, {c.Sizes} sizes: {c.LeftOut!.Reason}")
        );
        return new UserException(
            $"{Asked}: {used} of {curves.Length} isoFLOP curves ha{(used == 1 ? "s" : "ve")} a minimum, and an exponent needs two budgets."
                + $"{reasons}Train sizes on both sides of the optimum, at more budgets."
        );
    }

    /// <summary>ln C of each row: as it is mapped, else from a column where all rows have one, else of 6·N·D.</summary>
    private static (string Compute, double[] LogFlops) Flops(FitRows rows, double[] sizes, double[] tokens, IsoFlopOptions options)
    {
        if (rows.Columns.Compute is Variable mapped)
        {
            double[] all = TableFormula.Evaluate(mapped.Formula, rows.Table);
            double[] values = [.. rows.TableRows.Select(r => all[r])];
            int bad = Array.FindIndex(values, v => !(v > 0 && double.IsFinite(v)));
            return bad < 0
                ? ($"{mapped.Name} = {mapped.Source}", [.. values.Select(v => Math.Log(v))])
                : throw new UserException(
                    $"{Asked}: {mapped.Name} = {mapped.Source} has no value above zero on {rows.Place(bad)}. Choose rows that have one "
                        + $"with {FitSettings.Where}."
                );
        }
        foreach (string name in ComputeColumns)
        {
            if (rows.Table.Find(name) is RunColumn column)
            {
                double[] values = [.. rows.TableRows.Select(r => column.Numbers.Span[r])];
                if (values.All(v => v > 0 && double.IsFinite(v)))
                {
                    return (column.Name, [.. values.Select(v => Math.Log(v))]);
                }
            }
        }
        return ($"6·{options.Size}·{options.Tokens}", [.. sizes.Zip(tokens, (n, d) => Math.Log(6) + n + d)]);
    }

    private static IsoFlopCurve Curve(
        int[] window,
        double[] flops,
        double[] sizes,
        double[] tokens,
        double[] losses,
        IsoFlopOptions options
    )
    {
        double[] own = At(sizes, window);
        Parabola parabola = Parabola.Through(own, At(tokens, window), At(losses, window));
        double smallest = own.Min(),
            largest = own.Max(),
            reach = options.Nearness * (largest - smallest);
        double budget = Math.Exp(At(flops, window).Average());
        bool opens = parabola.Curvature > 0 && double.IsFinite(parabola.LogSize);
        return new IsoFlopCurve
        {
            Flops = budget,
            MinFlops = Math.Exp(flops[window[0]]),
            MaxFlops = Math.Exp(flops[window[^1]]),
            Rows = window,
            Sizes = BudgetWindows.Sizes(own),
            SmallestSize = Math.Exp(smallest),
            LargestSize = Math.Exp(largest),
            Curvature = parabola.Curvature,
            OptimalSize = opens ? Math.Exp(parabola.LogSize) : null,
            OptimalTokens = opens ? Math.Exp(parabola.LogTokens) : null,
            OptimalLoss = opens ? parabola.Loss : null,
            LeftOut =
                !opens ? new IsoFlopNote.OpensDownwards(budget)
                : parabola.LogSize < smallest - reach
                    ? new IsoFlopNote.MinimumBelowSizes(budget, Math.Exp(parabola.LogSize), Math.Exp(smallest))
                : parabola.LogSize > largest + reach
                    ? new IsoFlopNote.MinimumAboveSizes(budget, Math.Exp(parabola.LogSize), Math.Exp(largest))
                : null,
        };
    }

    /// <summary>The same curves once more, now with the law's own losses.</summary>
    private static IsoFlopBias? BiasOf(
        AllocationExponents exact,
        double[] losses,
        int[][] windows,
        double[] budgets,
        double[] sizes,
        double[] tokens
    )
    {
        List<double> used = [],
            bestSizes = [],
            bestTokens = [];
        foreach ((int i, int[] window) in windows.Index())
        {
            Parabola parabola = Parabola.Through(At(sizes, window), At(tokens, window), At(losses, window));
            if (parabola.Curvature > 0 && double.IsFinite(parabola.LogSize))
            {
                used.Add(budgets[i]);
                bestSizes.Add(parabola.LogSize);
                bestTokens.Add(parabola.LogTokens);
            }
        }
        if (used.Count < 2)
        {
            return null;
        }
        double a = AllocationLaw.Through([.. used], [.. bestSizes]).Exponent;
        double b = AllocationLaw.Through([.. used], [.. bestTokens]).Exponent;
        return new IsoFlopBias(a, b, a - exact.Size, b - exact.Tokens, used.Count);
    }

    private static List<IsoFlopNote> Remarks(
        FitRows rows,
        IsoFlopCurve[] curves,
        string compute,
        Fit? parametric,
        AllocationExponents? exponents
    )
    {
        List<IsoFlopNote> notes = [];
        int alone = rows.Count - curves.Sum(c => c.Rows.Count);
        if (alone > 0)
        {
            notes.Add(new IsoFlopNote.RowsInNoCurve(alone, rows.Count));
        }
        notes.AddRange(curves.Select(c => c.LeftOut).OfType<IsoFlopNote>());
        int exact = curves.Count(c => c is { LeftOut: null, Sizes: 3 });
        if (exact > 0)
        {
            notes.Add(new IsoFlopNote.FewSizes(exact));
        }
        if (
            rows.Columns.Compute is null
            && ComputeColumns.FirstOrDefault(c => rows.Table.Find(c) is not null) is string column
            && !ComputeColumns.Contains(compute)
        )
        {
            notes.Add(new IsoFlopNote.ComputeMissing(column, compute));
        }
        if (parametric is not null && exponents is null)
        {
            notes.Add(parametric.HasValue ? new IsoFlopNote.OtherForm() : new IsoFlopNote.NoParametricValue());
        }
        return notes;
    }

    private static double[] At(double[] values, int[] rows) => [.. rows.Select(r => values[r])];
}
