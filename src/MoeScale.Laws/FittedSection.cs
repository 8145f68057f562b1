using System.Globalization;
using System.Text.Json.Nodes;
using MoeScale.Basics;
using MoeScale.Laws.Warnings;

namespace MoeScale.Laws;

/// <summary>Reads the <c>fitted</c> section of a law file: where its coefficients come from.</summary>
internal static class FittedSection
{
    private static readonly string[] Keys =
    [
        "rows",
        "digest",
        "call",
        "finished",
        "objective",
        "starts",
        "gradient_norm",
        "condition",
        "level",
        "coefficients",
        "warnings",
        "checklist",
        "covariance",
        "sample",
    ];

    /// <exception cref="UserException">Says file, line and cure.</exception>
    public static FittedLaw Read(YamlMap map, IReadOnlyList<Coefficient> coefficients)
    {
        map.RefuseOthers(Keys);
        YamlMap objective = map.Map("objective");
        objective.RefuseOthers(["kind", "delta", "reduce", "ridge", "value"]);
        YamlMap starts = map.Map("starts");
        starts.RefuseOthers(["tried", "agreeing", "moved"]);
        string[] names = [.. coefficients.Select(c => c.Name)];
        CoefficientTable? covariance = map.Has("covariance") ? ReadTable(map, "covariance", names) : null;
        if (covariance is not null && covariance.Count != names.Length)
        {
            throw map.Error(
                "covariance",
                $"'fitted.covariance' has {covariance.Count} rows; it needs {names.Length}, one for each coefficient"
            );
        }
        double level = map.OptionalNumber("level") ?? FittedLaw.DefaultLevel;
        return new FittedLaw
        {
            Rows = Whole(map, "rows"),
            Digest = map.Text("digest"),
            Call = map.Text("call"),
            Finished = map.Flag("finished", otherwise: true),
            Objective = ProcedureSection.ReadObjective(objective, "kind"),
            Value = objective.Number("value"),
            Starts = new StartCounts(Whole(starts, "tried"), Whole(starts, "agreeing"), Whole(starts, "moved")),
            GradientNorm = map.OptionalNumber("gradient_norm"),
            Condition = map.OptionalNumber("condition"),
            Level = level is > 0 and < 1
                ? level
                : throw map.Error("level", $"'fitted.level' is {level}; it needs a share between 0 and 1, such as 0.9"),
            Certainties = [.. ProcedureSection.ReadByCoefficient(map, "coefficients", coefficients, ReadCertainty).Values],
            Covariance = covariance,
            Sample = map.Has("sample") ? ReadTable(map, "sample", names) : null,
            Warnings = ReadWarnings(map),
            Checklist = map.Texts("checklist"),
        };
    }

    private static CoefficientCertainty ReadCertainty(YamlMap map, string name, Coefficient coefficient)
    {
        YamlMap details = map.Map(name);
        details.RefuseOthers(["se", "log_se", "low", "high"]);
        return new CoefficientCertainty(
            coefficient.Name,
            details.OptionalNumber("se"),
            details.OptionalNumber("low"),
            details.OptionalNumber("high"),
            details.OptionalNumber("log_se")
        );
    }

    /// <summary>Mappings with a kind; sentences in files of earlier versions.</summary>
    private static FitWarning[] ReadWarnings(YamlMap map) =>
        map.IsListOfMaps("warnings")
            ? [.. map.Maps("warnings").Select(ReadWarning)]
            : [.. map.Texts("warnings").Select(sentence => new FitWarning.Text(sentence))];

    private static FitWarning ReadWarning(YamlMap warning)
    {
        JsonObject fields = new() { [WarningFields.Kind] = warning.Text(WarningFields.Kind) };
        foreach (string key in warning.Keys.Where(k => k != WarningFields.Kind))
        {
            fields[key] = warning.IsList(key)
                ? new JsonArray([.. warning.Texts(key).Select(t => JsonValue.Create(t))])
                : JsonValue.Create(warning.Text(key));
        }
        return WarningFields.Read(fields)
            ?? throw warning.Error(
                WarningFields.Kind,
                $"a warning of the kind '{warning.Text(WarningFields.Kind)}' with these fields is not known; leave it out, or fit again"
            );
    }

    private static int Whole(YamlMap map, string key)
    {
        double value = map.Number(key);
        return value is >= 0 and <= int.MaxValue && value == Math.Floor(value)
            ? (int)value
            : throw map.Error(key, $"'{key}' is {value}; it needs a whole number from 0 up");
    }

    /// <summary>
    /// A line for each row, its numbers parted by spaces. Thousands of rows are read at each plan, so no line becomes a text of its own.
    /// </summary>
    private static CoefficientTable ReadTable(YamlMap map, string key, string[] names)
    {
        (string text, long line) = map.Block(key);
        ReadOnlySpan<char> rest = text.AsSpan().TrimEnd();
        double[] values = new double[(rest.Count('\n') + 1) * names.Length];
        int filled = 0;
        for (; !rest.IsEmpty; line++)
        {
            int end = rest.IndexOf('\n');
            ReadRow(end < 0 ? rest : rest[..end], values.AsSpan(filled, names.Length), map, key, line, names);
            filled += names.Length;
            rest = end < 0 ? [] : rest[(end + 1)..];
        }
        return filled > 0
            ? new CoefficientTable(names, values)
            : throw map.Error(key, $"'fitted.{key}' has no row; leave it out, or give a line of numbers for each");
    }

    private static void ReadRow(ReadOnlySpan<char> row, Span<double> values, YamlMap map, string key, long line, string[] names)
    {
        int count = 0;
        for (ReadOnlySpan<char> rest = row.Trim(); !rest.IsEmpty; )
        {
            int end = rest.IndexOf(' ');
            ReadOnlySpan<char> number = end < 0 ? rest : rest[..end];
            rest = end < 0 ? [] : rest[end..].TrimStart();
            if (!double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || !double.IsFinite(value))
            {
                throw new UserException(
                    $"{map.File}:{line}: '{number}' in 'fitted.{key}' is not a finite number; "
                        + $"a line holds {names.Length} of them, parted by spaces."
                );
            }
            if (count < values.Length)
            {
                values[count] = value;
            }
            count++;
        }
        if (count != values.Length)
        {
            throw new UserException(
                $"{map.File}:{line}: this line of 'fitted.{key}' has {count} numbers; "
                    + $"it needs {names.Length}, one for each coefficient: {string.Join(", ", names)}."
            );
        }
    }
}
