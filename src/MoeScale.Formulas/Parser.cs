using MoeScale.Basics;

namespace MoeScale.Formulas;

/// <summary>
/// Reads a formula. From loosest to tightest: <c>or</c>; <c>and</c>; <c>not</c>; comparisons; <c>+ -</c>; <c>* /</c>;
/// unary minus; <c>^</c>, which is right-associative and takes a signed exponent. So <c>-2^2</c> is −4 and <c>2^-3^2</c> is 2^(−9).
/// </summary>
public sealed class Parser
{
    // Far above any published law.
    private const int LongestFormula = 10_000;
    private const int DeepestNesting = 200;

    private readonly string _text;
    private readonly Phrase _source;
    private readonly List<Token> _tokens;
    private int _next;
    private readonly bool _logical;
    private readonly Func<string, Expression?>? _letters;
    private int _depth;

    private Parser(string text, Phrase source, bool logical, Func<string, Expression?>? letters = null)
    {
        if (text.Length > LongestFormula)
        {
            throw new UserException(
                $"{source}: a formula may have {LongestFormula} characters, this one has {text.Length}. Name parts of it under 'where'."
            );
        }
        _text = text;
        _source = source;
        _logical = logical;
        _letters = letters;
        _tokens = Lexer.Cut(text, source);
    }

    private Token Current => _tokens[_next];

    /// <summary>A formula whose value is a number.</summary>
    /// <param name="text">The formula.</param>
    /// <param name="source">Where it stands, for error messages: "law.yaml:3".</param>
    /// <exception cref="UserException">Not a formula; the message points at the character and says what was expected.</exception>
    public static Expression ParseNumber(string text, Phrase source) => new Parser(text, source, logical: false).Whole();

    /// <summary>A formula whose value is a number; null where the text is none.</summary>
    public static Expression? TryParseNumber(string text)
    {
        try
        {
            return ParseNumber(text, "");
        }
        catch (UserException)
        {
            return null;
        }
    }

    /// <summary>A filter: a formula that is true or false. It may compare a name with a text in quotes, by = or !=.</summary>
    /// <param name="text">The filter.</param>
    /// <param name="source">Where it stands, for error messages.</param>
    /// <param name="letters">What a name without backticks stands for, by its one spelling; null for itself.</param>
    /// <inheritdoc cref="ParseNumber"/>
    public static Expression ParseFilter(string text, Phrase source, Func<string, Expression?>? letters = null) =>
        new Parser(text, source, logical: true, letters).Whole();

    private Expression Whole()
    {
        Token start = Current;
        Expression result = Require(Or(), _logical, start);
        if (result.Depth > Expression.DeepestAccepted)
        {
            throw new UserException(
                $"{_source}: the formula chains more than {Expression.DeepestAccepted} operations. Name parts of it under 'where'."
            );
        }
        return Current.Kind == TokenKind.End
            ? result
            : throw Fail(
                Current,
                Current.Text == ")" ? "expected no ')' here: it closes nothing" : "expected an operator or the end",
                Blank()
            );
    }

    // Two names with a blank between them may be one.
    private string Blank() =>
        _next > 0 && Current.Kind == TokenKind.Name && _tokens[_next - 1] is { Kind: TokenKind.Name } before
            ? $" ({before.Text} {Current.Text} as one name stands in backticks: `{before.Text} {Current.Text}`)"
            : "";

    private Expression Or()
    {
        if (++_depth > DeepestNesting)
        {
            throw Fail(Current, $"expected no more than {DeepestNesting} nested parentheses");
        }
        Expression result = Chain(And, "or", Operation.Or);
        _depth--;
        return result;
    }

    private Expression And() => Chain(Not, "and", Operation.And);

    private Expression Chain(Func<Expression> operand, string word, Operation operation)
    {
        Token start = Current;
        Expression left = operand();
        while (TakeWord(word))
        {
            Token second = Current;
            left = Expression.Binary(operation, Require(left, logical: true, start), Require(operand(), logical: true, second));
        }
        return left;
    }

    private Expression Not()
    {
        int words = 0;
        while (TakeWord("not"))
        {
            words++;
        }
        Token start = Current;
        Expression operand = Comparison();
        return words == 0 ? operand
            : words % 2 == 0 ? Require(operand, logical: true, start)
            : Expression.Unary(Operation.Not, Require(operand, logical: true, start));
    }

    private Expression Comparison()
    {
        Token start = Current;
        Expression left = Sum();
        if (ComparisonOf(Current) is not Operation operation)
        {
            return left;
        }
        Token sign = Take();
        Token second = Current;
        Expression right = Sum();
        Expression result =
            left.Operation == Operation.Text || right.Operation == Operation.Text
                ? TextComparison(operation, sign, left, start, right, second)
                : Expression.Binary(operation, Require(left, logical: false, start), Require(right, logical: false, second));
        return ComparisonOf(Current) is not null
            ? throw Fail(Current, "expected no second comparison: join two with 'and', as in 1 < x and x < 2")
            : result;
    }

    private Expression TextComparison(Operation operation, Token sign, Expression left, Token start, Expression right, Token second)
    {
        if (operation is not (Operation.Equal or Operation.NotEqual))
        {
            string text = (left.Operation == Operation.Text ? left : right).Name;
            string hint = text.Any(char.IsLetter) && !Names.IsName(text) ? FormulaText.Hint(text) : "";
            throw FormulaText.Error(_source, _text, sign.Position, $"expected = or !=, found '{sign.Text}': texts have no order{hint}");
        }
        Expression other = left.Operation == Operation.Text ? right : left;
        return other.Operation == Operation.Name
            ? Expression.Binary(operation, left, right)
            : throw FormulaText.Error(
                _source,
                _text,
                (other == left ? start : second).Position,
                "expected the name of a column to compare with a text, as in router = 'RL-R'"
            );
    }

    private static Operation? ComparisonOf(Token token) =>
        token.Text switch
        {
            "<" => Operation.Less,
            "<=" => Operation.LessOrEqual,
            ">" => Operation.Greater,
            ">=" => Operation.GreaterOrEqual,
            "=" or "==" => Operation.Equal,
            "!=" => Operation.NotEqual,
            _ => null,
        };

    private Expression Sum() => LeftToRight(Product, ("+", Operation.Add), ("-", Operation.Subtract));

    private Expression Product() => LeftToRight(Signed, ("*", Operation.Multiply), ("/", Operation.Divide));

    private Expression LeftToRight(
        Func<Expression> operand,
        (string Symbol, Operation Operation) one,
        (string Symbol, Operation Operation) other
    )
    {
        Token start = Current;
        Expression left = operand();
        while (Current.Kind == TokenKind.Symbol && (Current.Text == one.Symbol || Current.Text == other.Symbol))
        {
            left = Arithmetic(Take().Text == one.Symbol ? one.Operation : other.Operation, left, start, operand);
        }
        return left;
    }

    private Expression Signed()
    {
        bool minus = false;
        bool signed = false;
        while (Current.Text is "-" or "+")
        {
            minus ^= Take().Text == "-";
            signed = true;
        }
        Token start = Current;
        Expression operand = Power();
        if (signed)
        {
            Require(operand, logical: false, start);
        }
        return minus ? Expression.Unary(Operation.Negate, operand) : operand;
    }

    private Expression Power()
    {
        Token start = Current;
        Expression left = Atom();
        if (Current.Text != "^")
        {
            return left;
        }
        _next++;
        if (++_depth > DeepestNesting)
        {
            throw Fail(Current, $"expected no more than {DeepestNesting} nested powers");
        }
        Expression result = Arithmetic(Operation.Power, left, start, Signed);
        _depth--;
        return result;
    }

    private Expression Arithmetic(Operation operation, Expression left, Token start, Func<Expression> right)
    {
        Token second = Current;
        return Expression.Binary(operation, Require(left, logical: false, start), Require(right(), logical: false, second));
    }

    private Expression Atom()
    {
        Token token = Current;
        switch (token.Kind)
        {
            case TokenKind.Number:
                _next++;
                return Expression.Number(token.Value);
            case TokenKind.Name when token.Text == "log":
                throw Fail(token, "'log' has two meanings: write ln (natural) or log10");
            case TokenKind.Name when Operations.Function(token.Text) is Operation function:
                _next++;
                return Call(function, token);
            case TokenKind.Name when !Names.IsReserved(token.Text):
                _next++;
                return Current.Text == "("
                    ? throw Fail(
                        token,
                        $"'{token.Text}' is not a function{Guess.Hint(token.Text, Operations.FunctionNames)}; "
                            + $"known are {string.Join(", ", Operations.FunctionNames)}; a product is written {token.Text}*(...)"
                            + Called(token)
                    )
                    : _letters?.Invoke(Names.Canonical(token.Text)) ?? Expression.Variable(token.Text);
            case TokenKind.QuotedName:
                _next++;
                return Expression.Variable(Names.Plain(token.Text));
            case TokenKind.Text when !_logical:
                throw Fail(
                    token,
                    "a text has no place in a formula of numbers (a name is written without quotes, or in backticks where it has other "
                        + "signs than letters and digits; only filters of rows compare a column with a text)"
                );
            case TokenKind.Text:
                _next++;
                return Expression.Text(token.Text[1..^1]);
            case TokenKind.Symbol when token.Text == "(":
                _next++;
                Expression inner = Or();
                Close();
                return inner;
            default:
                throw Fail(
                    token,
                    token.Text == "*" && _next > 0 && _tokens[_next - 1] is { Text: "*" } before && before.Position + 1 == token.Position
                        ? "a power is written ^, as in N^-0.3"
                        : "expected a number, a name, a function or '('"
                );
        }
    }

    // "throughput(tps)" may be one name.
    private string Called(Token name)
    {
        int end = _text.IndexOf(')', name.Position);
        return end < 0 || _text.IndexOfAny([',', '`'], name.Position, end - name.Position) >= 0
            ? ""
            : FormulaText.Hint(_text[name.Position..(end + 1)]);
    }

    private Expression Call(Operation function, Token name)
    {
        if (Current.Text != "(")
        {
            throw Fail(Current, $"expected '(' after the function {name.Text}");
        }
        _next++;
        List<Expression> arguments = [];
        do
        {
            Token start = Current;
            arguments.Add(Require(Or(), logical: false, start));
        } while (TakeSymbol(","));
        Close();
        bool takesSeveral = function is Operation.Min or Operation.Max;
        if (takesSeveral != arguments.Count > 1)
        {
            throw Fail(
                name,
                $"expected {name.Text} to have {(takesSeveral ? "two or more arguments" : "one argument")}, found {arguments.Count}"
            );
        }
        return takesSeveral
            ? arguments.Aggregate((left, right) => Expression.Binary(function, left, right))
            : Expression.Unary(function, arguments[0]);
    }

    private void Close()
    {
        if (!TakeSymbol(")"))
        {
            throw Fail(Current, "expected ')' or an operator");
        }
    }

    private Expression Require(Expression e, bool logical, Token start)
    {
        if (e.Operation.IsLogical() == logical && e.Operation != Operation.Text)
        {
            return e;
        }
        if (e.Operation == Operation.Text)
        {
            throw FormulaText.Error(
                _source,
                _text,
                start.Position,
                $"expected a {(logical ? "comparison" : "number")}, found the text '{e.Name}' (a text only stands beside = or !=, "
                    + $"as in router = 'RL-R')"
            );
        }
        throw FormulaText.Error(
            _source,
            _text,
            start.Position,
            logical
                ? "expected a comparison such as x > 1, found a number"
                : "expected a number, found a comparison (only what stands to the right of the equals sign of a law is its formula)"
        );
    }

    private Token Take() => _tokens[_next++];

    private bool TakeSymbol(string symbol)
    {
        if (Current.Kind != TokenKind.Symbol || Current.Text != symbol)
        {
            return false;
        }
        _next++;
        return true;
    }

    private bool TakeWord(string word)
    {
        if (Current.Kind != TokenKind.Name || Current.Text != word)
        {
            return false;
        }
        _next++;
        return true;
    }

    private UserException Fail(Token at, string message, string hint = "")
    {
        string found =
            at.Kind == TokenKind.End ? ", found the end"
            : message.StartsWith("expected a", StringComparison.Ordinal) ? $", found '{at.Text}'"
            : "";
        return FormulaText.Error(_source, _text, at.Position, message + found + hint);
    }
}
