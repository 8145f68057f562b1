using MoeScale.Charts;
using MoeScale.Laws;
using MoeScale.Laws.Runs;
using MoeScale.Studies.Answers;
using MoeScale.Studies.Axes;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Reports;

/// <summary>
/// The charts of a report, each only where the runs have something to show. A point is a mean over seeds, and over nothing else.
/// </summary>
internal sealed class ReportCharts
{
    // More curves cannot be told apart; where they are of several lengths each, fewer say more.
    private const int MaxSeries = 24;
    private const int MaxOfAllLengths = 12;

    // Ratios and squares of what lies between are numbers; a trainer may write that a run took 1e-320 seconds.
    private const double Smallest = 1e-100;
    private const double Largest = 1e100;

    /// <summary>All that there may be.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "loss-flops",
        "loss-seconds",
        "loss-size",
        "loss-experts",
        "loss-granularity",
        "loss-capacity",
        "loss-rate",
        "predicted",
        "router-load",
        "router-dropped",
    ];

    private readonly RunTable _table;
    private readonly RunAxes _axes;
    private readonly string _size;

    private ReportCharts(RunTable table, StudyAnswer answer) =>
        (_table, _axes, _size) = (table, new RunAxes(table, answer.Settings, answer.Formulas), answer.Size ?? "d_model");

    public static IReadOnlyList<(string Name, string Caption, LineChart Chart)> All(
        RunTable table,
        RunTable? routers,
        StudyFolder folder,
        StudyAnswer answer
    )
    {
        ReportCharts charts = new(table, answer);
        int[] all = [.. Enumerable.Range(0, table.RowCount)];
        Axis loss = new("loss (nats per token)");
        Func<int, double> losses = charts.Column("loss");
        List<(string, string, LineChart)> drawn = [];
        Add("loss-flops", "Loss against training compute", all, "train_flops", "training compute (FLOPs)", [AxisNames.Tokens]);
        Add("loss-seconds", "Loss against seconds of training", all, "seconds", "training time (s)", [AxisNames.Tokens]);
        Add(
            "loss-size",
            $"Loss against size{charts.DefaultSettings()}",
            charts.Default(all),
            "active_params",
            "active parameters",
            [charts._size]
        );
        Add("loss-experts", "Loss against the expansion rate", all, "experts", "expansion rate E", ["experts"]);
        Add("loss-granularity", "Loss against granularity", all, "granularity", "granularity G", ["granularity"]);
        Add("loss-capacity", "Loss against the capacity factor", all, "capacity_factor", "capacity factor", ["capacity_factor"]);
        Add("loss-rate", "Loss against the learning rate", all, "learning_rate", "learning rate", ["learning_rate"]);
        if (Predicted(table, folder, answer) is LineChart predicted)
        {
            drawn.Add(("predicted", predicted.Title, predicted));
        }
        if (routers is not null)
        {
            foreach (
                (string name, string caption, string column, string label, double times) in ((string, string, string, string, double)[])
                    [
                        (
                            "router-load",
                            "Largest load of an expert in the last steps of a run",
                            "max_over_mean",
                            "largest load over the mean",
                            1
                        ),
                        ("router-dropped", "Choices that found their expert full", "dropped", "dropped (%)", 100),
                    ]
            )
            {
                Dictionary<string, double> worst = Worst(routers, column);
                // A chart of nothing but zeros tells nothing.
                if (worst.Values.Distinct().Skip(1).Any())
                {
                    RunColumn run = table.Column("run", "report");
                    AddSeries(
                        name,
                        caption,
                        [.. all.Where(r => worst.ContainsKey(run.Text(r)))],
                        charts.Column(AxisNames.Tokens),
                        "tokens",
                        r => times * worst[run.Text(r)],
                        new Axis(label),
                        [AxisNames.Tokens]
                    );
                }
            }
        }
        return drawn;

        void Add(string name, string caption, int[] rows, string x, string label, string[] but)
        {
            if (table.Find(x) is { HasNumbers: true })
            {
                AddSeries(name, caption, rows, charts.Column(x), label, losses, loss, but);
            }
        }

        void AddSeries(
            string name,
            string caption,
            int[] rows,
            Func<int, double> x,
            string label,
            Func<int, double> y,
            Axis yAxis,
            string[] but
        )
        {
            (Series[] series, int outOf) = charts.Curves(rows, x, y, but);
            if (series.Length > 0)
            {
                drawn.Add(
                    (
                        name,
                        outOf > series.Length
                            ? $"{caption} ({series.Length} of {outOf} curves{(but.Contains(AxisNames.Tokens) ? "" : ", the longest runs")})"
                            : caption,
                        new LineChart(caption, new Axis(label, Scale.Log), yAxis, series)
                    )
                );
            }
        }
    }

    /// <summary>
    /// A curve for all runs that agree in everything but a setting, and of how many; where they are too many, those of most tokens.
    /// </summary>
    private (Series[] Series, int OutOf) Curves(int[] rows, Func<int, double> x, Func<int, double> y, string[] but)
    {
        IGrouping<string, int>[] curves =
        [
            .. rows.Where(r => x(r) > 0 && CanBeShown(x(r)) && CanBeShown(y(r)))
                .GroupBy(r => _axes.Key(r, [.. but, AxisNames.Seed]))
                .Where(g => g.Select(r => _axes.Key(r, AxisNames.Seed)).Distinct().Skip(1).Any() && g.Select(x).Distinct().Skip(1).Any()),
        ];
        IGrouping<string, int>[] shown = curves;
        if (curves.Length > MaxOfAllLengths && !but.Contains(AxisNames.Tokens))
        {
            Func<int, double> tokens = Column(AxisNames.Tokens);
            shown =
            [
                .. curves
                    .GroupBy(g => _axes.Key(g.First(), [.. but, AxisNames.Seed, AxisNames.Tokens]))
                    .Select(g => g.MaxBy(c => tokens(c.First()))!),
            ];
        }
        shown = [.. shown.Take(MaxSeries)];
        int[] firsts = [.. shown.Select(g => g.First())];
        return (
            [
                .. shown.Select(g => new Series(
                    _axes.Label(g.First(), firsts, but),
                    [
                        .. g.GroupBy(r => _axes.Key(r, AxisNames.Seed))
                            .Select(p => new ChartPoint(p.Average(x), p.Average(y)))
                            .OrderBy(p => p.X),
                    ],
                    Mark.LineAndPoints
                )),
            ],
            curves.Length
        );
    }

    /// <summary>Runs whose settings, size and tokens aside, are those of the first one.</summary>
    private int[] Default(int[] rows)
    {
        string first = _axes.Key(rows[0], [_size, AxisNames.Tokens, AxisNames.Seed]);
        return [.. rows.Where(r => _axes.Key(r, [_size, AxisNames.Tokens, AxisNames.Seed]) == first)];
    }

    /// <summary>", at experts 1": what these runs have in common.</summary>
    private string DefaultSettings()
    {
        string[] settings =
        [
            .. _axes
                .Names.Where(n => n != _size && n is not (AxisNames.Tokens or AxisNames.Seed) && _axes.Value(0, n).Length > 0)
                .Select(n => $"{n} {_axes.Value(0, n)}"),
        ];
        return settings.Length == 0 ? "" : $", at {string.Join(", ", settings)}";
    }

    private static Dictionary<string, double> Worst(RunTable routers, string column)
    {
        RunColumn run = routers.Column("run", "report"),
            value = routers.Column(column, "report");
        return Enumerable.Range(0, routers.RowCount).GroupBy(run.Text).ToDictionary(g => g.Key, g => g.Max(r => value.Numbers.Span[r]));
    }

    private static LineChart? Predicted(RunTable table, StudyFolder folder, StudyAnswer answer)
    {
        if (!answer.HasLaw || !File.Exists(folder.LawPath))
        {
            return null;
        }
        Law law = LawCatalog.Open(folder.LawPath);
        HashSet<string> leftOut = [.. answer.NotFitted.Select(n => n.Run)];
        RunColumn run = table.Column("run", "report"),
            loss = table.Column("loss", "report");
        (bool IsFitted, ChartPoint Point)[] points =
        [
            .. Enumerable
                .Range(0, table.RowCount)
                .Select(r =>
                    (
                        !leftOut.Contains(run.Text(r)),
                        new ChartPoint(
                            loss.Numbers.Span[r],
                            law.Evaluate([
                                .. law.Variables.Select(v =>
                                    v.Value(c => table.Find(c) is RunColumn column ? column.Numbers.Span[r] : null) ?? double.NaN
                                ),
                            ])
                        )
                    )
                ),
        ];
        points = Array.FindAll(points, p => CanBeShown(p.Point.X) && CanBeShown(p.Point.Y));
        if (points.Length == 0)
        {
            return null;
        }
        double[] ends = [.. points.SelectMany(p => (double[])[p.Point.X, p.Point.Y])];
        Series[] series =
        [
            .. points
                .GroupBy(p => p.IsFitted)
                .OrderByDescending(g => g.Key)
                .Select(g => new Series(g.Key ? "runs" : "runs that were not fitted", [.. g.Select(p => p.Point)], Mark.Points)),
            new Series("predicted = observed", [new ChartPoint(ends.Min(), ends.Min()), new ChartPoint(ends.Max(), ends.Max())]),
        ];
        return new LineChart(
            "Predicted against observed loss",
            new Axis("observed loss (nats per token)"),
            new Axis("predicted loss (nats per token)"),
            series
        )
        {
            Legend = true,
        };
    }

    private static bool CanBeShown(double value) => value == 0 || Math.Abs(value) is > Smallest and < Largest;

    private Func<int, double> Column(string name)
    {
        RunColumn? column = _table.Find(name);
        return row => column is null ? double.NaN : column.Numbers.Span[row];
    }
}
