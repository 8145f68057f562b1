using System.Text;
using MoeScale.Formulas;
using MoeScale.Laws;

namespace MoeScale.Exchange.Export.Laws;

/// <summary>A module of Python with a function for each law, which needs nothing but Python.</summary>
public sealed class PythonLaws : LawFormat
{
    /// <inheritdoc/>
    public override string Name => "python";

    /// <inheritdoc/>
    public override string Ending => ".py";

    /// <inheritdoc/>
    public override string Write(IReadOnlyList<NamedLaw> laws)
    {
        StringBuilder text = new();
        bool needsMath = laws.Any(l =>
            l.Law.Steps().Any(s => PythonFormula.Write(s.Value, n => n).Contains("math.", StringComparison.Ordinal))
        );
        text.Append("\"\"\"Scaling laws as functions of numbers. Coefficients can be given by name, for those of another fit.\n\n");
        text.Append("Where a formula has no value, Python raises an error or gives a complex number.\n\"\"\"\n");
        text.Append(needsMath ? "\nimport math\n" : "");
        PythonNames functions = new([]);
        foreach (Law law in laws.Select(l => l.Law))
        {
            text.Append("\n\n");
            Append(text, law, functions[law.Id]);
        }
        return text.ToString();
    }

    private static void Append(StringBuilder text, Law law, string function)
    {
        PythonNames names = new([]);
        string variables = string.Join(", ", law.Variables.Select(v => names[v.Name]));
        text.Append($"def {function}(\n    {variables},\n");
        text.Append(law.Coefficients.Count > 0 ? "    *,\n" : "");
        foreach (Coefficient c in law.Coefficients)
        {
            text.Append($"    {names[c.Name]}={PythonFormula.Number(c.Value)},{Interval(law, c)}\n");
        }
        text.Append("):\n");
        AppendDocumentation(text, law, names);
        foreach ((string part, Expression formula) in law.Steps())
        {
            string value = PythonFormula.Write(formula, n => names[n]);
            text.Append(part.Length == 0 ? $"    return {value}\n" : $"    {names[part]} = {value}\n");
        }
    }

    private static string Interval(Law law, Coefficient coefficient)
    {
        if (law.Fitted?.Certainties.FirstOrDefault(c => c.Name == coefficient.Name) is not { } sure || (sure.Low ?? sure.High) is null)
        {
            return "";
        }
        return $"  # {law.Fitted.Level * 100:0.#} % interval from {End(sure.Low)} to {End(sure.High)}";

        static string End(double? end) => end is double value ? PythonFormula.Number(value) : "(open)";
    }

    private static void AppendDocumentation(StringBuilder text, Law law, PythonNames names)
    {
        List<string> lines = [];
        Add($"Gives {law.Predicts} ({Predictions.UnitOf(law.Predicts)}) by the law {law.Id}.");
        lines.Add("");
        Add($"Formula: {law.FormulaText}");
        foreach ((string part, string formula) in law.WhereTexts)
        {
            Add($"{part} = {formula}");
        }
        lines.Add("");
        foreach (Variable v in law.Variables)
        {
            Add($"{names[v.Name]}: {LawText.Meaning(v)}");
        }
        lines.Add("");
        foreach ((string label, string fact) in LawText.Facts(law))
        {
            Add($"{label}: {fact}");
        }
        lines[0] = "    \"\"\"" + lines[0][4..];
        foreach (string line in lines)
        {
            text.Append(line.TrimEnd()).Append('\n');
        }
        text.Append("    \"\"\"\n");

        void Add(string line) => lines.AddRange(LawText.Wrapped(Escaped(line), "    "));
    }

    // The quotes that end the text stand on a line of their own.
    private static string Escaped(string text) =>
        LawText.Plain(text).Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\"\"", "\"\\\"", StringComparison.Ordinal);
}
