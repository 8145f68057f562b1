using System.Globalization;
using MoeScale.Basics;
using MoeScale.Laws.Runs;

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
/// Approach 2 of Hoffmann et al. 2022 (arXiv:2203.15556): runs grouped by budget, for each group a parabola of loss in ln N with its
/// minimum, and
/// power laws N_opt ∝ C^a, D_opt ∝ C^b through the minima. Beside it the exponents of a parametric fit, and the bias of the
/// parabolas.
/// </summary>
public sealed record IsoFlopApproach
{
    private static readonly string[] ComputeColumns = ["train_flops", "flops"];

    /// <summary>Where budgets come from: "train_flops", "flops" or "6·N·D".</summary>
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

    /// <summary>What was left out or cannot be trusted, in sentences without full stop.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

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
                FormattableString.Invariant(
                    $"--approach isoflop: no {options.MinSizes} of {rows.Count} rows have different {options.Size} and budgets within a factor of {Math.Exp(options.Width):0.##} ({compute}), so there is no isoFLOP curve. Train several sizes at each budget, or use the parametric fit alone."
                )
            );
        }
        IsoFlopCurve[] curves = [.. windows.Select(w => Curve(w, flops, sizes, tokens, rows.Observed, options))];
        int[][] good = [.. windows.Where((_, i) => curves[i].Reason is null)];
        IsoFlopCurve[] used = [.. curves.Where(c => c.Reason is null)];
        if (used.Length < 2)
        {
            string reasons = string.Concat(
                curves
                    .Where(c => c.Reason is not null)
                    .Select(c => FormattableString.Invariant($"\n  {c.Flops:0.00e0} FLOPs, {c.Sizes} sizes: {c.Reason}"))
            );
            throw new UserException(
                $"--approach isoflop: {used.Length} of {curves.Length} isoFLOP curves ha{(used.Length == 1 ? "s" : "ve")} a minimum, and an exponent needs two budgets.{reasons}\nTrain sizes on both sides of the optimum, at more budgets."
            );
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
                $"--approach isoflop needs parameters {letter} and tokens among the letters of the law, which are {string.Join(", ", rows.Letters)}. Fit a law of N and D, such as chinchilla-2024."
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
                    FormattableString.Invariant(
                        $"--approach isoflop: {letter} has {values} values, and an isoFLOP curve is of one. Choose one with --where, such as rows where {letter} is {rows.Values[i][0]:G6}, or fit each with --by."
                    )
                );
            }
        }
    }

    /// <summary>ln C of each row: from a column where all rows have one, else of 6·N·D.</summary>
    private static (string Compute, double[] LogFlops) Flops(FitRows rows, double[] sizes, double[] tokens, IsoFlopOptions options)
    {
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
        bool opens = parabola.Curvature > 0 && double.IsFinite(parabola.LogSize);
        return new IsoFlopCurve
        {
            Flops = Math.Exp(At(flops, window).Average()),
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
            Reason =
                !opens ? "the parabola opens downwards, so it has no minimum"
                : parabola.LogSize < smallest - reach ? Outside(parabola, "below", smallest)
                : parabola.LogSize > largest + reach ? Outside(parabola, "above", largest)
                : null,
        };
    }

    private static string Outside(Parabola parabola, string where, double end) =>
        $"the minimum, at {Quantity.FormatCount(Math.Exp(parabola.LogSize))} parameters, lies {where} all sizes, which end at {Quantity.FormatCount(Math.Exp(end))}";

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

    private static List<string> Remarks(
        FitRows rows,
        IsoFlopCurve[] curves,
        string compute,
        Fit? parametric,
        AllocationExponents? exponents
    )
    {
        List<string> notes = [];
        int alone = rows.Count - curves.Sum(c => c.Rows.Count);
        if (alone > 0)
        {
            notes.Add($"{alone} of {rows.Count} rows share their budget with too few other sizes and are in no curve");
        }
        notes.AddRange(
            curves
                .Where(c => c.Reason is not null)
                .Select(c => FormattableString.Invariant($"the curve at {c.Flops:0.00e0} FLOPs does not count: {c.Reason}"))
        );
        IsoFlopCurve[] exact = [.. curves.Where(c => c is { Reason: null, Sizes: 3 })];
        if (exact.Length > 0)
        {
            notes.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{(exact.Length == 1 ? "1 curve has" : $"{exact.Length} curves have")} three sizes only, whose noise the parabola follows; four or more are better"
                )
            );
        }
        if (ComputeColumns.FirstOrDefault(c => rows.Table.Find(c) is not null) is string column && compute.StartsWith('6'))
        {
            notes.Add($"{column} is missing in some rows, so budgets are {compute}");
        }
        if (parametric is not null && exponents is null)
        {
            notes.Add(
                parametric.HasValue
                    ? "the fitted law is not of the form m·N^−α + n·D^−β + c, so its exponents and the bias of the parabolas are not known in closed form"
                    : "the parametric fit has no value, so the bias of the parabolas is not known"
            );
        }
        return notes;
    }

    private static double[] At(double[] values, int[] rows) => [.. rows.Select(r => values[r])];
}
