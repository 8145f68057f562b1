using System.Globalization;
using MoeScale.Formulas;

namespace MoeScale.Exchange.Export.Laws;

/// <summary>A formula as LaTeX sets it in mathematics, with fractions and exponents.</summary>
internal static class LatexFormula
{
    // From loosest to tightest. A fraction stands as a factor without parentheses, but not as the base of a power.
    private const int Sum = 1;
    private const int Product = 2;
    private const int Sign = 3;
    private const int Factor = 4;
    private const int Atom = 5;

    /// <param name="formula">Of numbers only.</param>
    public static string Write(Expression formula)
    {
        return Visit(formula).Text;

        static (string Text, int Level) Visit(Expression e) =>
            e.Operation switch
            {
                Operation.Number => Number(e.Value),
                Operation.Name => (LatexNames.Of(e.Name), Atom),
                Operation.Add => ($"{In(e.Left!, Sum)} + {Second(e.Right!)}", Sum),
                Operation.Subtract => ($"{In(e.Left!, Sum)} - {Second(e.Right!)}", Sum),
                Operation.Multiply => (Times(In(e.Left!, Product), In(e.Right!, Factor)), Product),
                Operation.Divide => ($@"\frac{{{Visit(e.Left!).Text}}}{{{Visit(e.Right!).Text}}}", Factor),
                Operation.Negate => ($"-{In(e.Left!, Sign)}", Sign),
                Operation.Power => ($"{In(e.Left!, Atom)}^{{{Visit(e.Right!).Text}}}", Factor),
                Operation.Exp => (Call(@"\exp", e), Factor),
                Operation.Ln => (Call(@"\ln", e), Factor),
                Operation.Log2 => (Call(@"\log_{2}", e), Factor),
                Operation.Log10 => (Call(@"\log_{10}", e), Factor),
                Operation.Min => (Call(@"\min", e), Factor),
                Operation.Max => (Call(@"\max", e), Factor),
                Operation.Sqrt => ($@"\sqrt{{{Visit(e.Left!).Text}}}", Atom),
                Operation.Abs => ($@"\left|{Visit(e.Left!).Text}\right|", Atom),
                _ => throw new ArgumentException($"{e.Operation} has no number.", nameof(e)),
            };

        static string In(Expression e, int least)
        {
            (string text, int level) = Visit(e);
            return level >= least ? text : Parenthesized(text);
        }

        // A sign after a sign needs parentheses too.
        static string Second(Expression e)
        {
            string text = In(e, Product);
            return text.StartsWith('-') ? Parenthesized(text) : text;
        }

        static string Call(string function, Expression e) =>
            function + Parenthesized(string.Join(", ", PythonFormula.Arguments(e).Select(a => Visit(a).Text)));
    }

    /// <summary>All digits: 0.34, 5.28 · 10^16.</summary>
    public static (string Text, int Level) Number(double value)
    {
        string text = PythonFormula.Number(value);
        int e = text.IndexOf('e');
        return e < 0
            ? (text, value < 0 ? Sign : Atom)
            : ($@"{text[..e]} \cdot 10^{{{int.Parse(text.AsSpan(e + 1), CultureInfo.InvariantCulture)}}}", Product);
    }

    private static string Parenthesized(string text) => $@"\left({text}\right)";

    private static string Times(string left, string right) =>
        char.IsAsciiDigit(right[0]) ? $@"{left} \cdot {right}" : $@"{left} \, {right}";
}
