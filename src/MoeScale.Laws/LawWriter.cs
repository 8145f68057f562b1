using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using MoeScale.Basics;
using MoeScale.Formulas;
using MoeScale.Laws.Procedure;
using MoeScale.Laws.Warnings;

namespace MoeScale.Laws;

/// <summary>Writes a law as the YAML that <see cref="LawFile"/> reads: the same law, to the last bit of each number.</summary>
public static partial class LawWriter
{
    /// <param name="law">Any law.</param>
    /// <param name="heading">Lines of comment at the top; may be empty.</param>
    /// <param name="folder">The folder that the file will stand in, so that paths relative to the law's own still lead there; null to leave
    /// them.</param>
    /// <exception cref="ArgumentException">A table of the fit does not have the law's coefficients, in order.</exception>
    public static string Write(Law law, string heading = "", string? folder = null)
    {
        Lines lines = new(new StringBuilder(), Spellings(law));
        foreach (string line in heading.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            lines.Add($"# {string.Concat(line.Select(c => char.IsControl(c) ? ' ' : c)).TrimEnd()}");
        }
        string Path(string name) => folder is null ? name : Rebased(name, law.Folder, folder);
        string[] Paths(IEnumerable<string> names) => [.. names.Select(n => YamlText.Scalar(Path(n), inFlow: true))];

        lines.Text("id", law.Id);
        lines.Text("source", law.Source);
        if (law.Reference is Reference reference)
        {
            Reference(lines, reference);
        }
        lines.Text("predicts", law.Predicts);
        lines.Text("formula", law.FormulaText);
        lines.Section("where", law.WhereTexts, w => lines.Named(w.Key, YamlText.Scalar(w.Value)));
        lines.Section("variables", law.Variables, v => lines.Named(v.Name, Variable(v)));
        lines.Section("coefficients", law.Coefficients, c => lines.Named(c.Name, Coefficient(c)));
        lines.Number("error", law.Error);
        lines.Section("cost", Costs(law), c => lines.Add($"  {c.Key}: {YamlText.Scalar(c.Value)}"));
        lines.Text("family", law.Family is string family ? Path(family) : "");
        lines.Flow("fixed", [.. law.Fixed.Select(f => $"{YamlText.Scalar(f.Key, inFlow: true)}: {YamlText.Count(f.Value)}")]);
        lines.Section("candidates", law.Candidates, c => lines.Add($"  {c.Key}: {YamlText.List(c.Value.Select(YamlText.Count))}"));
        lines.Section(
            "range",
            law.Range,
            r => lines.Measure(r.Key, YamlText.List([YamlText.Count(r.Value.Low), YamlText.Count(r.Value.High)]))
        );
        lines.Text("dense_partner", law.DensePartner is string partner ? Path(partner) : "");
        if (!law.Rates.SequenceEqual(law.Predicts == Predictions.Loss ? LawFile.DefaultRates : []))
        {
            lines.Add($"rates: {YamlText.List(Paths(law.Rates))}");
        }
        if (law.Allocations.Count > 0)
        {
            lines.Add($"allocations: {YamlText.List(Paths(law.Allocations))}");
        }
        lines.Text("note", law.Note);
        if (law.Procedure is FitProcedure procedure)
        {
            Procedure(lines, procedure, Path);
        }
        if (law.Fitted is FittedLaw fitted)
        {
            Fitted(lines, fitted, law);
        }
        return lines.ToString();
    }

    private static void Reference(Lines lines, Reference reference)
    {
        lines.Add("reference:");
        lines.Add($"  authors: {YamlText.List(reference.Authors.Select(a => YamlText.Scalar(a, inFlow: true)))}");
        lines.Text("  title", reference.Title);
        lines.Add($"  year: {reference.Year}");
        if (reference.Arxiv is string arxiv)
        {
            // A number to readers that guess.
            lines.Add($"  arxiv: {YamlText.Quoted(arxiv)}");
        }
    }

    private static string Variable(Variable v) =>
        v.Meaning.Length == 0
            ? YamlText.Scalar(v.Source)
            : $"{{ column: {YamlText.Scalar(v.Source, inFlow: true)}, meaning: {YamlText.Scalar(v.Meaning, inFlow: true)} }}";

    private static string Coefficient(Coefficient c)
    {
        string sign = c.Sign == Sign.Any ? "" : $", sign: {c.Sign.ToString().ToLowerInvariant()}";
        string low = c.Low is double l ? $", low: {YamlText.Number(l)}" : "";
        string high = c.High is double h ? $", high: {YamlText.Number(h)}" : "";
        string value = YamlText.Number(c.Value);
        return sign.Length + low.Length + high.Length == 0 ? value : $"{{ value: {value}{sign}{low}{high} }}";
    }

    private static KeyValuePair<string, string>[] Costs(Law law) =>
        [
            .. law.TrainingCost is null ? Array.Empty<KeyValuePair<string, string>>() : [new("training", law.TrainingCost.Text)],
            .. law.InferenceCost is null ? Array.Empty<KeyValuePair<string, string>>() : [new("inference", law.InferenceCost.Text)],
        ];

    private static void Procedure(Lines lines, FitProcedure procedure, Func<string, string> path)
    {
        lines.Add("");
        lines.Add("# How its paper fitted it.");
        lines.Add("fit:");
        foreach (string part in ObjectiveParts("objective", procedure.Objective))
        {
            lines.Add($"  {part}");
        }
        lines.Text("  weight", procedure.Weight ?? "");
        lines.Section("  starts", procedure.Starts, s => lines.Named(s.Key, YamlText.List(s.Value.Select(YamlText.Number)), "    "));
        lines.Section(
            "  fix",
            procedure.Fix,
            f => lines.Named(f.Key, Quantity.TryParseCount(f.Value, out _) ? f.Value : YamlText.Scalar(path(f.Value)), "    ")
        );
        lines.Text("  hold_out", procedure.HoldOut ?? "");
        lines.Text("  select", procedure.SelectByError ? ProcedureSection.SelectByError : "");
    }

    private static string[] ObjectiveParts(string kindKey, Objective objective) =>
        [
            $"{kindKey}: {objective.Name}",
            .. objective.Kind is ObjectiveKind.LogHuber or ObjectiveKind.Huber
                ? [$"delta: {YamlText.Number(objective.Delta)}"]
                : Array.Empty<string>(),
            $"reduce: {(objective.Reduce == Reduction.Mean ? "mean" : "sum")}",
            .. objective.Ridge > 0 ? [$"ridge: {YamlText.Number(objective.Ridge)}"] : Array.Empty<string>(),
        ];

    private static void Fitted(Lines lines, FittedLaw fitted, Law law)
    {
        lines.Add("");
        lines.Add("# Where the coefficients come from.");
        lines.Add("fitted:");
        lines.Add($"  rows: {fitted.Rows}");
        lines.Text("  digest", fitted.Digest);
        lines.Text("  call", fitted.Call);
        lines.Add($"  finished: {(fitted.Finished ? "true" : "false")}");
        lines.Flow("  objective", [.. ObjectiveParts("kind", fitted.Objective), $"value: {YamlText.Number(fitted.Value)}"]);
        lines.Flow("  starts", [$"tried: {fitted.Starts.Tried}", $"agreeing: {fitted.Starts.Agreeing}", $"moved: {fitted.Starts.Moved}"]);
        lines.Number("  gradient_norm", fitted.GradientNorm);
        lines.Number("  condition", fitted.Condition);
        lines.Number("  level", fitted.Level);
        lines.Section("  coefficients", fitted.Certainties, c => lines.Named(c.Name, $"{{ {string.Join(", ", Parts(c))} }}", "    "));
        lines.Section("  warnings", fitted.Warnings, w => lines.Add($"    - {{ {string.Join(", ", Fields(w))} }}"));
        lines.Section("  checklist", fitted.Checklist, w => lines.Add($"    - {YamlText.Scalar(w)}"));
        string order = string.Join(", ", law.Coefficients.Select(c => lines.Spelling(c.Name)));
        Table("covariance", fitted.Covariance, $"Rows and columns: {order}.");
        Table("sample", fitted.Sample, $"Draws of the bootstrap, one a line: {order}.");

        void Table(string key, CoefficientTable? table, string comment)
        {
            if (table is null || table.Count == 0)
            {
                return;
            }
            if (!table.Names.SequenceEqual(law.Coefficients.Select(c => c.Name)))
            {
                throw new ArgumentException(
                    $"The {key} has the coefficients {string.Join(", ", table.Names)}; it needs those of the law, {order}.",
                    nameof(fitted)
                );
            }
            lines.Add($"  # {comment}");
            lines.Add($"  {key}: |");
            for (int row = 0; row < table.Count; row++)
            {
                lines.Row(table[row]);
            }
        }
    }

    // Numbers as JSON has them, which come back to the bit.
    private static IEnumerable<string> Fields(FitWarning warning) =>
        WarningFields
            .Of(warning)
            .EnumerateObject()
            .Select(f =>
                f.Value.ValueKind switch
                {
                    JsonValueKind.String => $"{f.Name}: {YamlText.Scalar(f.Value.GetString()!, inFlow: true)}",
                    JsonValueKind.Array =>
                        $"{f.Name}: {YamlText.List(f.Value.EnumerateArray().Select(e => YamlText.Scalar(e.GetString()!, inFlow: true)))}",
                    _ => $"{f.Name}: {YamlText.Number(f.Value.GetDouble())}",
                }
            );

    private static IEnumerable<string> Parts(CoefficientCertainty c)
    {
        foreach (
            (string key, double? value) in new[]
            {
                ("se", c.StandardError),
                ("log_se", c.LogStandardError),
                ("low", c.Low),
                ("high", c.High),
            }
        )
        {
            if (value is double number)
            {
                yield return $"{key}: {YamlText.Number(number)}";
            }
        }
    }

    /// <summary>A path that starts from another folder, still told from an id by its slash or its ending.</summary>
    private static string Rebased(string name, string? from, string to)
    {
        if (!EmbeddedFolder.IsPath(name) || Path.IsPathRooted(name) || from is null)
        {
            return name;
        }
        string path = Path.GetRelativePath(Path.GetFullPath(to), Path.GetFullPath(Path.Combine(from, name)));
        return EmbeddedFolder.IsPath(path) ? path : $"./{path}";
    }

    // The file spells names as its formula does: where that says alpha, so does the rest.
    private static Dictionary<string, string> Spellings(Law law)
    {
        Dictionary<string, string> spellings = [];
        foreach (string text in law.WhereTexts.Select(w => w.Value).Prepend(law.FormulaText))
        {
            foreach (Match match in NameInFormula().Matches(text).Where(m => m.Value[0] != '`'))
            {
                spellings.TryAdd(Names.Canonical(match.Value), match.Value);
            }
        }
        return spellings;
    }

    [GeneratedRegex(@"`[^`]*`|[\p{L}_][\p{L}\p{Nd}\p{Mn}_]*")]
    private static partial Regex NameInFormula();

    private sealed class Lines(StringBuilder text, Dictionary<string, string> spellings)
    {
        public string Spelling(string name) => spellings.GetValueOrDefault(name, name);

        public void Add(string line) => text.Append(line).Append('\n');

        public void Text(string key, string value)
        {
            if (value.Length > 0)
            {
                Add($"{key}: {YamlText.Scalar(value)}");
            }
        }

        public void Number(string key, double? value)
        {
            if (value is double number)
            {
                Add($"{key}: {YamlText.Number(number)}");
            }
        }

        /// <summary>A line for a name of the formula.</summary>
        public void Named(string name, string value, string indent = "  ") => Add($"{indent}{Key(name)}: {value}");

        private string Key(string name) => Names.IsName(name) ? YamlText.Key(Spelling(name)) : YamlText.Scalar(Names.InFormula(name));

        /// <summary>A line for a letter, a column or a formula of columns.</summary>
        public void Measure(string key, string value)
        {
            if (Names.IsName(key))
            {
                Named(key, value);
                return;
            }
            Add($"  {YamlText.Scalar(key)}: {value}");
        }

        public void Flow(string key, IReadOnlyList<string> parts)
        {
            if (parts.Count > 0)
            {
                Add($"{key}: {{ {string.Join(", ", parts)} }}");
            }
        }

        public void Section<T>(string key, IReadOnlyCollection<T> items, Action<T> add)
        {
            if (items.Count > 0)
            {
                Add($"{key}:");
                foreach (T item in items)
                {
                    add(item);
                }
            }
        }

        public void Row(ReadOnlySpan<double> values)
        {
            text.Append("   ");
            foreach (double value in values)
            {
                text.Append(' ').Append(YamlText.Number(value));
            }
            text.Append('\n');
        }

        public override string ToString() => text.ToString();
    }
}
