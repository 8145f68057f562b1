using System.CommandLine;
using System.Globalization;
using MoeScale.Basics;
using MoeScale.Cli.Input;
using MoeScale.Cli.Output;
using MoeScale.Formulas;
using MoeScale.Laws;

namespace MoeScale.Cli.Verbs;

/// <summary><c>moescale laws</c>: what laws there are, what they say, and their value at a point.</summary>
internal static class LawsVerb
{
    private static readonly Option<bool> AsJson = new("--json")
    {
        Description = "Print JSON; docs/json.md explains the fields.",
        Recursive = true,
    };
    private static readonly Argument<string> LawName = new("law") { Description = "Id of a law, or the path of a law file." };
    private static readonly Argument<string[]> Values = new("values")
    {
        Description = "A value for each variable, by its letter: N=1e9 D=20B E=8.",
    };

    public static Command Create()
    {
        Command show = new("show", "Print one law: formula, coefficients, conventions, range.") { LawName };
        show.SetAction(Show);
        Help.AddExamples(show, ["moescale laws show joint-2025", "moescale laws show my-law.yaml --json"]);

        Command eval = new("eval", "Evaluate a law at a point, in the letters of its formula.") { LawName, Values };
        eval.SetAction(Evaluate);
        Help.AddExamples(eval, ["moescale laws eval joint-2025 N=1e9 D=2e10 E=8", "moescale laws eval step-2025-lr N=1B D=100B --json"]);

        Command command = new("laws", "List the scaling laws; show or evaluate one.") { show, eval, AsJson };
        command.SetAction(List);
        Help.AddExamples(command, ["moescale laws", "moescale laws show joint-2025", "moescale laws eval joint-2025 N=1e9 D=2e10 E=8"]);
        return command;
    }

    private static int List(ParseResult parsed)
    {
        Law[] laws = [.. LawCatalog.Ids.Select(id => LawCatalog.Open(id))];
        if (parsed.GetValue(AsJson))
        {
            Json.Write<IReadOnlyList<LawSummaryJson>>([.. laws.Select(l => new LawSummaryJson(l.Id, l.Predicts, l.Source))]);
            return 0;
        }
        int width = laws.Max(l => l.Id.Length) + 4;
        foreach (IGrouping<string, Law> kind in laws.GroupBy(l => l.Predicts))
        {
            Page.Paragraph($"{kind.Key} ({Predictions.UnitOf(kind.Key)})");
            foreach (Law law in kind)
            {
                Page.Paragraph(law.Source, $"  {law.Id}".PadRight(width), width);
            }
        }
        return 0;
    }

    private static int Show(ParseResult parsed)
    {
        Law law = LawCatalog.Open(parsed.GetValue(LawName)!);
        if (parsed.GetValue(AsJson))
        {
            Json.Write(LawJson.Of(law));
            return 0;
        }
        Page.Field("Law", law.Id);
        Page.Field("Source", law.Source);
        Page.Field("Predicts", $"{law.Predicts} ({Predictions.UnitOf(law.Predicts)})");
        Page.Field("Formula", law.FormulaText);
        foreach ((string name, string text) in law.WhereTexts)
        {
            Page.Field("  where", $"{name} = {text}");
        }
        foreach (Variable v in law.Variables)
        {
            Page.Field(
                v == law.Variables[0] ? "Variables" : "",
                $"{Names.InFormula(v.Name)} = {v.Source}{(v.Meaning.Length > 0 ? $": {v.Meaning}" : "")}"
            );
        }
        Page.Field(
            "Coefficients",
            string.Join("  ", law.Coefficients.Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Name}={c.Value}")))
        );
        if (law.Error is double error)
        {
            Page.Field("Error", string.Create(CultureInfo.InvariantCulture, $"{error} (RMSE of the fit)"));
        }
        Optional("Training cost", law.TrainingCost?.Text);
        Optional("Inference cost", law.InferenceCost?.Text);
        Optional("Shape family", law.Family);
        Optional("Holds for", law.FixedText);
        Optional("Plans weigh", string.Join("; ", law.Candidates.Select(c => $"{c.Key} {string.Join(", ", c.Value)}")));
        Optional("Range", law.RangeText);
        Optional("Dense partner", law.DensePartner);
        Optional("Rate laws", string.Join(", ", law.Rates));
        Optional("Opinions", string.Join(", ", law.Allocations));
        Optional("Note", law.Note);
        LawFitPage.Write(law);
        return 0;

        static void Optional(string label, string? text)
        {
            if (!string.IsNullOrEmpty(text))
            {
                Page.Field(label, text);
            }
        }
    }

    private static int Evaluate(ParseResult parsed)
    {
        Law law = LawCatalog.Open(parsed.GetValue(LawName)!);
        Dictionary<string, double> given = ReadValues(law, parsed.GetValue(Values)!);
        string[] missing = [.. law.Variables.Select(v => v.Name).Where(n => !given.ContainsKey(n))];
        if (missing.Length > 0)
        {
            throw new UserException($"'{law.Id}' needs a value for {string.Join(" and ", missing)}. Its variables: {Describe(law)}.");
        }
        foreach (Variable v in law.Variables)
        {
            if (v.Column is "experts" or "granularity" or "expert_count" or "top_k" && given[v.Name] < 1)
            {
                throw new UserException(
                    string.Create(CultureInfo.InvariantCulture, $"{v.Name}={given[v.Name]} makes no sense: {v.Column} is at least 1.")
                );
            }
        }
        // A letter that stands for one column says what the model is, and so do columns that are given beside the letters.
        double? Column(string name) =>
            given.TryGetValue(name, out double own) ? own
            : law.Variables.FirstOrDefault(v => v.IsColumn && v.Column == name) is Variable letter ? given[letter.Name]
            : null;
        if (RangeCheck.NotCovered(law, Column) is { Count: > 0 } others)
        {
            throw new UserException($"'{law.Id}' does not speak of such a model: {Excess.InWords(others)}. It holds for {law.FixedText}.");
        }
        double value = law.Evaluate([.. law.Variables.Select(v => given[v.Name])]);
        if (!double.IsFinite(value))
        {
            throw new UserException(
                $"'{law.Id}' gives no finite number at "
                    + $"{string.Join(" ", given.Select(g => string.Create(CultureInfo.InvariantCulture, $"{g.Key}={g.Value}")))}: that "
                    + $"is outside the formula's domain.{(law.Range.Count > 0 ? $" Its experiments: {law.RangeText}." : "")}"
            );
        }
        // A range is known by its letter, by a column, or by what all experiments held.
        string[] outside =
        [
            .. RangeCheck
                .Outside(law, name => Column(name) ?? (law.Fixed.TryGetValue(name, out double held) ? held : null))
                .Select(e => e.InWords()),
        ];
        if (parsed.GetValue(AsJson))
        {
            Json.Write(new EvaluationJson(law.Id, law.Predicts, value, outside));
            return 0;
        }
        string format = Math.Abs(value) switch
        {
            >= 1e15 or < 1e-2 => "0.00000e0",
            >= 1e5 => "0",
            _ => "G6",
        };
        Page.Paragraph($"{law.Predicts} {value.ToString(format, CultureInfo.InvariantCulture)} ({Predictions.UnitOf(law.Predicts)})");
        foreach (string line in outside)
        {
            Page.Paragraph($"outside the experiments: {line}", "- ", 2);
        }
        return 0;
    }

    private static Dictionary<string, double> ReadValues(Law law, string[] arguments)
    {
        Dictionary<string, double> given = [];
        string[] stated = Stated(law);
        foreach (string argument in arguments)
        {
            IReadOnlyList<string> parts = Names.Split(argument, '=', 2);
            if (parts.Count != 2)
            {
                throw new UserException($"'{argument}' gives no value. Write name=value, such as {law.Variables[0].Name}=1e9.");
            }
            string name = Names.Canonical(Names.Plain(parts[0].Trim()));
            if (law.Variables.All(v => v.Name != name) && !stated.Contains(name))
            {
                string columns = stated.Length > 0 ? $" Columns of which it states something: {string.Join(", ", stated)}." : "";
                throw new UserException($"'{parts[0]}' is no variable of '{law.Id}'. Its variables: {Describe(law)}.{columns}");
            }
            if (!given.TryAdd(name, Quantity.ParseCount(parts[1], name)))
            {
                throw new UserException($"'{parts[0]}' is given twice. Give each variable once.");
            }
        }
        return given;
    }

    /// <summary>
    /// Columns that no letter stands for, of which the law says what its experiments varied or held: a point may give them too.
    /// </summary>
    private static string[] Stated(Law law) =>
        [
            .. law
                .Fixed.Keys.Concat(law.Range.Keys.Where(k => law.Variables.All(v => v.Name != k)))
                .SelectMany(k => law.Measure(k).Columns)
                .Distinct()
                .Where(c => law.Variables.All(v => v.Column != c)),
        ];

    private static string Describe(Law law) =>
        string.Join(", ", law.Variables.Select(v => $"{v.Name} ({(v.Meaning.Length > 0 ? v.Meaning : v.Source)})"));
}
