using System.Globalization;
using MoeScale.Basics;

namespace MoeScale.Formulas;

internal enum TokenKind
{
    Number,
    Name,

    /// <summary>A name in backticks, which may hold any sign.</summary>
    QuotedName,
    Symbol,
    Text,
    End,
}

/// <param name="Kind">What it is.</param>
/// <param name="Text">As written, except that typographic signs are plain: − is "-", · and × are "*".</param>
/// <param name="Position">Index of its first character in the formula.</param>
/// <param name="Value">The number, for a number.</param>
internal sealed record Token(TokenKind Kind, string Text, int Position, double Value = 0);

/// <summary>Cuts a formula into numbers, names, names in backticks, texts in quotes and symbols.</summary>
internal static class Lexer
{
    private static readonly string[] Symbols = ["<=", ">=", "==", "!=", "<", ">", "=", "+", "-", "*", "/", "^", "(", ")", ","];

    public static List<Token> Cut(string text, Phrase source)
    {
        List<Token> tokens = [];
        int i = 0;
        while (i < text.Length)
        {
            char c = text[i];
            if (char.IsWhiteSpace(c))
            {
                i++;
            }
            else if (char.IsAsciiDigit(c) || (c == '.' && i + 1 < text.Length && char.IsAsciiDigit(text[i + 1])))
            {
                Token number = Number(text, i, source);
                tokens.Add(number);
                i += number.Text.Length;
            }
            else if (Names.IsStart(c))
            {
                int start = i;
                while (i < text.Length && Names.IsPart(text[i]))
                {
                    i++;
                }
                tokens.Add(new Token(TokenKind.Name, text[start..i], start));
            }
            else if (c is '\'' or '"')
            {
                int end = text.IndexOf(c, i + 1);
                if (end < 0)
                {
                    throw FormulaText.Error(source, text, i, $"expected the closing {c} of the text that opens here");
                }
                tokens.Add(new Token(TokenKind.Text, text[i..(end + 1)], i));
                i = end + 1;
            }
            else if (c == '`')
            {
                int end = Names.QuotedEnd(text, i);
                if (end < 0)
                {
                    throw FormulaText.Error(source, text, i, "expected the closing ` of the name that opens here");
                }
                string name = text[i..(end + 1)];
                tokens.Add(
                    string.IsNullOrWhiteSpace(name[1..^1])
                        ? throw FormulaText.Error(source, text, i, "expected a name between the backticks")
                        : new Token(TokenKind.QuotedName, name, i)
                );
                i = end + 1;
            }
            else
            {
                Token symbol = Symbol(text, i, source);
                tokens.Add(symbol);
                i += symbol.Text.Length;
            }
        }
        tokens.Add(new Token(TokenKind.End, "", text.Length));
        return tokens;
    }

    private static Token Number(string text, int start, Phrase source)
    {
        int i = start;
        while (i < text.Length && (char.IsAsciiDigit(text[i]) || text[i] == '.'))
        {
            i++;
        }
        if (i < text.Length && text[i] is 'e' or 'E')
        {
            int digits = i + 1 < text.Length && text[i + 1] is '+' or '-' ? i + 2 : i + 1;
            if (digits >= text.Length || !char.IsAsciiDigit(text[digits]))
            {
                throw FormulaText.Error(
                    source,
                    text,
                    i,
                    $"expected the digits of an exponent after '{text[start..(i + 1)]}' (a product is written 2*e)"
                );
            }
            i = digits;
            while (i < text.Length && char.IsAsciiDigit(text[i]))
            {
                i++;
            }
        }
        string number = text[start..i];
        if (i < text.Length && Names.IsStart(text[i]))
        {
            throw FormulaText.Error(
                source,
                text,
                i,
                $"expected an operator after {number}: a product is written {number}*{text[i]}, a thousand million 1e9"
                    + FormulaText.QuotedHint(text, i)
            );
        }
        if (!double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || !double.IsFinite(value))
        {
            throw FormulaText.Error(source, text, start, $"expected a finite number, found '{number}'");
        }
        return new Token(TokenKind.Number, number, start, value);
    }

    private static Token Symbol(string text, int position, Phrase source)
    {
        switch (text[position])
        {
            case '−':
                return new Token(TokenKind.Symbol, "-", position);
            case '·' or '×' or '⋅':
                return new Token(TokenKind.Symbol, "*", position);
            default:
                string? symbol = Array.Find(Symbols, s => string.CompareOrdinal(text, position, s, 0, s.Length) == 0);
                return symbol is null
                    ? throw FormulaText.Error(
                        source,
                        text,
                        position,
                        $"expected a number, a name or an operator, found '{text[position]}'{FormulaText.QuotedHint(text, position)}"
                    )
                    : new Token(TokenKind.Symbol, symbol, position);
        }
    }
}
