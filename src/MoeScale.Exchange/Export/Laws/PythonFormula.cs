using System.Globalization;
using MoeScale.Formulas;

namespace MoeScale.Exchange.Export.Laws;

/// <summary>A formula in Python, in the order of its operations, so that both round alike.</summary>
internal static class PythonFormula
{
    // From loosest to tightest, as Python binds.
    private const int Sum = 1;
    private const int Product = 2;
    private const int Sign = 3;
    private const int Power = 4;
    private const int Atom = 5;

    /// <param name="formula">Of numbers only.</param>
    /// <param name="name">The identifier of a name.</param>
    public static string Write(Expression formula, Func<string, string> name)
    {
        return Visit(formula).Text;

        (string Text, int Level) Visit(Expression e) =>
            e.Operation switch
            {
                Operation.Number => (Number(e.Value), e.Value < 0 ? Sign : Atom),
                Operation.Name => (name(e.Name), Atom),
                Operation.Add => ($"{In(e.Left!, Sum)} + {In(e.Right!, Product)}", Sum),
                Operation.Subtract => ($"{In(e.Left!, Sum)} - {In(e.Right!, Product)}", Sum),
                Operation.Multiply => ($"{In(e.Left!, Product)} * {In(e.Right!, Sign)}", Product),
                Operation.Divide => ($"{In(e.Left!, Product)} / {In(e.Right!, Sign)}", Product),
                Operation.Negate => ($"-{In(e.Left!, Sign)}", Sign),
                Operation.Power => ($"{In(e.Left!, Atom)}**{In(e.Right!, Sign)}", Power),
                Operation.Exp => (Call("math.exp", e), Atom),
                Operation.Ln => (Call("math.log", e), Atom),
                Operation.Log2 => (Call("math.log2", e), Atom),
                Operation.Log10 => (Call("math.log10", e), Atom),
                Operation.Sqrt => (Call("math.sqrt", e), Atom),
                Operation.Abs => (Call("abs", e), Atom),
                Operation.Min => (Call("min", e), Atom),
                Operation.Max => (Call("max", e), Atom),
                _ => throw new ArgumentException($"{e.Operation} has no number.", nameof(formula)),
            };

        string In(Expression e, int least)
        {
            (string text, int level) = Visit(e);
            return level >= least ? text : $"({text})";
        }

        string Call(string function, Expression e) => $"{function}({string.Join(", ", Arguments(e).Select(a => Visit(a).Text))})";
    }

    /// <summary>All digits, and few zeros: 6, 0.34, 5.28e16.</summary>
    public static string Number(double value)
    {
        const int longest = 15;
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        if (text == "-0")
        {
            return "-0.0";
        }
        if (text.Contains('E') || text.Contains('.') || text.Length <= longest)
        {
            return text.Replace("E+", "e", StringComparison.Ordinal).Replace('E', 'e');
        }
        string sign = value < 0 ? "-" : "";
        string digits = text[sign.Length..];
        string rest = digits[1..].TrimEnd('0');
        return $"{sign}{digits[0]}{(rest.Length > 0 ? "." : "")}{rest}e{digits.Length - 1}";
    }

    /// <summary>The arguments of a function; those of min and max stand in a chain.</summary>
    internal static IEnumerable<Expression> Arguments(Expression call)
    {
        if (call.Right is null)
        {
            return [call.Left!];
        }
        return (call.Left!.Operation == call.Operation ? Arguments(call.Left) : [call.Left]).Append(call.Right);
    }
}
