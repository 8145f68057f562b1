using System.Globalization;
using System.Text;
using MoeScale.Formulas;
using MoeScale.Laws;

namespace MoeScale.Exchange.Export.Laws;

/// <summary>A part of a LaTeX document: for each law its formula, what the letters mean, and a table of coefficients.</summary>
public sealed class LatexLaws : LawFormat
{
    // More digits than a paper prints are in the comment beside.
    private const int PrintedDigits = 6;

    /// <inheritdoc/>
    public override string Name => "latex";

    /// <inheritdoc/>
    public override string Ending => ".tex";

    /// <inheritdoc/>
    public override string Write(IReadOnlyList<NamedLaw> laws)
    {
        StringBuilder text = new(
            "% To be read by \\input; needs \\usepackage{amsmath}. The keys of \\cite are those of the export to bibtex.\n"
        );
        BibtexKeys keys = new(laws);
        foreach (NamedLaw law in laws)
        {
            text.Append('\n');
            Append(text, law.Law, keys[law]);
        }
        return text.ToString();
    }

    private static void Append(StringBuilder text, Law law, string key)
    {
        text.Append($"% {LawText.Plain(law.Id)}\n");
        text.Append("\\begin{align*}\n");
        string arguments = string.Join(", ", law.Variables.Select(v => LatexNames.Of(v.Name)));
        IReadOnlyList<KeyValuePair<string, Expression>> steps = law.Steps();
        // The formula first, as papers do; then its parts, those that others name last.
        List<string> lines = [$@"  \text{{{law.Predicts.Replace('_', ' ')}}}({arguments}) &= {LatexFormula.Write(steps[^1].Value)}"];
        lines.AddRange(steps.SkipLast(1).Reverse().Select(s => $"  {LatexNames.Of(s.Key)} &= {LatexFormula.Write(s.Value)}"));
        text.Append(string.Join(" \\\\\n", lines)).Append("\n\\end{align*}\n");
        text.Append("\\begin{itemize}\n");
        foreach (Variable v in law.Variables)
        {
            Paragraph($"\\item ${LatexNames.Of(v.Name)}$: {LatexNames.Escaped(LawText.Meaning(v))}");
        }
        text.Append("\\end{itemize}\n");
        Paragraph($"The value is in {LatexNames.Escaped(Predictions.UnitOf(law.Predicts))}~\\cite{{{key}}}.");
        foreach ((string label, string fact) in LawText.Facts(law).Where(f => f.Label != "Source"))
        {
            Paragraph($"{label}: {LatexNames.Escaped(fact).TrimEnd('.')}.");
        }
        if (law.Coefficients.Count > 0)
        {
            AppendTable(text, law);
        }

        void Paragraph(string words)
        {
            foreach (string line in LawText.Wrapped(words, ""))
            {
                text.Append(line.Trim()).Append('\n');
            }
        }
    }

    private static void AppendTable(StringBuilder text, Law law)
    {
        bool hasIntervals = law.Fitted is { Certainties.Count: > 0 };
        text.Append($"\n\\begin{{center}}\n\\begin{{tabular}}{{{(hasIntervals ? "lrrr" : "lr")}}}\n\\hline\n");
        text.Append("coefficient & value");
        text.Append(hasIntervals ? $" & standard error & {Shown(law.Fitted!.Level * 100)}\\,\\% interval" : "").Append(" \\\\\n\\hline\n");
        foreach (Coefficient c in law.Coefficients)
        {
            text.Append($"${LatexNames.Of(c.Name)}$ & ${Shown(c.Value)}$");
            if (hasIntervals)
            {
                CoefficientCertainty? sure = law.Fitted!.Certainties.FirstOrDefault(s => s.Name == c.Name);
                text.Append($" & {Cell(sure?.StandardError)} & ");
                text.Append(sure is { Low: null, High: null } or null ? "--" : $"{Cell(sure.Low)} to {Cell(sure.High)}");
            }
            string exact = LatexFormula.Number(c.Value).Text;
            text.Append(" \\\\").Append(exact == Shown(c.Value) ? "" : $" % {PythonFormula.Number(c.Value)}").Append('\n');
        }
        text.Append("\\hline\n\\end{tabular}\n\\end{center}\n");
    }

    private static string Cell(double? value) => value is double number ? $"${Shown(number)}$" : "--";

    // All digits of what a paper prints, few of what a computer found.
    private static string Shown(double value)
    {
        double rounded = double.Parse(value.ToString($"G{PrintedDigits}", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        bool isShort = PythonFormula.Number(value).Count(char.IsAsciiDigit) <= PrintedDigits + 3;
        return LatexFormula.Number(isShort ? value : rounded).Text;
    }
}
