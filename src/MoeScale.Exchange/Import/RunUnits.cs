using System.Globalization;
using MoeScale.Basics;
using MoeScale.Exchange.Logs;
using MoeScale.Models;

namespace MoeScale.Exchange.Import;

/// <summary>
/// The numbers of a run in the units of all tables: tokens where a log counts sequences, FLOPs by the census of its model.
/// </summary>
internal sealed class RunUnits
{
    private const double TrainOverInference = 3;

    private readonly RunLog _log;
    private readonly ImportRequest _request;
    private readonly Census? _census;
    private readonly double? _sequence;
    private readonly double? _batch;
    private readonly double? _devices;
    private readonly Dictionary<string, IReadOnlyList<double>> _columns;
    private readonly double[]? _seconds;

    /// <exception cref="UserException">The log counts sequences or steps, and nothing says how many tokens those are.</exception>
    public RunUnits(RunLog log, ImportRequest request, Census? census)
    {
        (_log, _request, _census) = (log, request, census);
        _columns = log.Columns.ToDictionary(c => c, c => log.Column(c)!);
        _sequence = Given("seq_length", request.SequenceTokens);
        _devices = Given("world_size", request.Devices);
        _batch = request.BatchTokens ?? (Setting("global_batch_size") * _sequence);
        _seconds = Seconds();
        if (!_columns.ContainsKey(Columns.Tokens) && _columns.ContainsKey(Columns.Loss))
        {
            if (_columns.ContainsKey(Columns.Samples) || _columns.ContainsKey(Columns.BatchSamples))
            {
                _ =
                    _sequence
                    ?? _batch
                    ?? throw Missing(
                        $"counts sequences and does not say how long they are. Give {ImportSettings.Sequence.To("4096")} with the tokens "
                            + $"of one"
                    );
            }
            else
            {
                _ =
                    _batch
                    ?? throw Missing(
                        $"counts steps alone. Give {ImportSettings.BatchTokens.To("1M")} with the tokens of a step, over all devices"
                    );
            }
        }
    }

    /// <summary>As the log counts them; null where it does not.</summary>
    public double? LoggedParameters => Setting(Columns.ParameterCount) ?? _log.Last(Columns.ParameterCount);

    public bool HasLoss(int report) =>
        _columns.TryGetValue(Columns.Loss, out IReadOnlyList<double>? losses) && !double.IsNaN(losses[report]);

    /// <summary>All columns at a report; of those that it has not the last that there was.</summary>
    public Dictionary<string, double> At(int report)
    {
        Dictionary<string, double> row = [];
        if (_log.Steps[report] > 0)
        {
            // A table of finished runs has none.
            row["steps"] = _log.Steps[report];
        }
        foreach ((string column, IReadOnlyList<double> values) in _columns)
        {
            for (int i = report; i >= 0; i--)
            {
                if (!double.IsNaN(values[i]))
                {
                    row[column] = values[i];
                    break;
                }
            }
        }
        Add(Columns.BatchTokens, row.TryGetValue(Columns.BatchSamples, out double samples) ? samples * _sequence : _batch);
        Add(Columns.Tokens, TokensOf(row, _log.Steps[report]));
        Add(Columns.Seconds, _seconds?[report]);
        Add(
            Columns.TokensPerSecond,
            row.TryGetValue(Columns.DeviceTokensPerSecond, out double each) ? each * _devices
                : row.TryGetValue(Columns.StepSeconds, out double step)
                && row.TryGetValue(Columns.BatchTokens, out double tokens)
                && step > 0
                    ? tokens / step
                : null
        );
        if (_census is not null)
        {
            double perToken = TrainOverInference * _census.MatrixFlopsPerToken;
            Add(Columns.TrainFlops, row.TryGetValue(Columns.Tokens, out double trained) ? perToken * trained : null);
            if (
                _request.PeakFlops is double peak
                && _devices is double devices
                && row.TryGetValue(Columns.TokensPerSecond, out double speed)
            )
            {
                // By the census, whatever the program counted: so runs of several programs can be compared.
                row[Columns.Mfu] = perToken * speed / (devices * peak);
            }
            Func<string, double?> column = ModelColumns.Of(_census.Model, _census);
            foreach (string name in ModelColumns.Names)
            {
                row[name] = column(name)!.Value;
            }
        }
        Add("devices", _devices);
        return row;

        void Add(string name, double? value)
        {
            if (value is double number)
            {
                row.TryAdd(name, number);
            }
        }
    }

    private double? TokensOf(Dictionary<string, double> row, double steps)
    {
        if (row.TryGetValue(Columns.Samples, out double seen))
        {
            return seen * _sequence;
        }
        // A table of finished runs has no steps.
        return steps > 0 && row.TryGetValue(Columns.BatchTokens, out double batch) ? batch * steps : null;
    }

    // Each report tells how long a step took; between two reports all steps took so long.
    private double[]? Seconds()
    {
        if (_columns.ContainsKey(Columns.Seconds) || !_columns.TryGetValue(Columns.StepSeconds, out IReadOnlyList<double>? each))
        {
            return null;
        }
        double[] sums = new double[each.Count];
        double sum = 0;
        double step = 0;
        for (int i = 0; i < sums.Length; i++)
        {
            sum += double.IsFinite(each[i]) ? each[i] * (_log.Steps[i] - step) : 0;
            step = _log.Steps[i];
            sums[i] = sum;
        }
        return sums;
    }

    // What a user says goes before what the log prints, which is told where the two differ.
    private double? Given(string name, double? given)
    {
        double? logged = Setting(name);
        if (given is double said && logged is double printed && said != printed)
        {
            _log.Tell(new ImportNote.GivenInstead(name, said, printed));
        }
        return given ?? logged;
    }

    private double? Setting(string name) =>
        _log.Settings.TryGetValue(name, out string? text)
        && double.TryParse(text, CultureInfo.InvariantCulture, out double value)
        && value > 0
            ? value
            : null;

    private UserException Missing(Phrase what) => new($"{_log.Files[0]} {what}.");
}
