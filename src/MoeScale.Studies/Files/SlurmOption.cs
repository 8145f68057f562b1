using System.Globalization;
using System.Text.RegularExpressions;
using MoeScale.Basics;
using MoeScale.Formulas;
using MoeScale.Models;

namespace MoeScale.Studies.Files;

/// <summary>
/// An option of sbatch as a study gives it: a text in which {formula} stands for the value that the formula has for a
/// cell, rounded up to a whole number.
/// </summary>
/// <param name="map">Where it stands.</param>
/// <param name="key">There.</param>
/// <param name="option">What sbatch calls it.</param>
/// <param name="texts">Before, between and behind the formulas.</param>
/// <param name="formulas">One fewer.</param>
/// <param name="unit">What a formula is divided by.</param>
internal sealed partial class SlurmOption(
    YamlMap map,
    string key,
    string option,
    IReadOnlyList<string> texts,
    IReadOnlyList<SlurmFormula> formulas,
    double unit
)
{
    private const double MebiByte = 1 << 20;

    private const string Never = "^$";
    private const string Gpus = @"^[A-Za-z]\w*(:\d+)?(,[A-Za-z]\w*(:\d+)?)*$";
    private const string Memory = @"^\d+[KMGT]$";

    // What is added and multiplied to a whole number misses it by some bits.
    private const double Rounding = 1e-9;
    private const double Max = 1e15;

    /// <summary>What formulas may read: a cell's model, the tokens that its runs are trained on together, and the FLOPs of that.</summary>
    private static readonly string[] Columns = [.. ModelColumns.Names, "tokens", "train_flops"];

    /// <summary>By key: what sbatch calls it, the unit behind a number, and what is no formula but a form of Slurm's own.</summary>
    private static readonly Dictionary<string, (string Option, string Behind, string Own)> Numbers = new()
    {
        ["nodes"] = ("--nodes", "", @"^\d+-\d+$"),
        ["ntasks"] = ("--ntasks", "", Never),
        ["ntasks_per_node"] = ("--ntasks-per-node", "", Never),
        ["cpus"] = ("--cpus-per-task", "", Never),
        ["gpus"] = ("--gpus", "", Gpus),
        ["gpus_per_node"] = ("--gpus-per-node", "", Gpus),
        ["time"] = ("--time", "", @"^(\d+-\d+|(\d+-)?\d+(:\d+){1,2})$"),
        ["mem"] = ("--mem", "M", Memory),
        ["mem_per_cpu"] = ("--mem-per-cpu", "M", Memory),
        ["mem_per_gpu"] = ("--mem-per-gpu", "M", Memory),
    };

    private static readonly string[] Texts =
    [
        "account",
        "clusters",
        "comment",
        "constraint",
        "exclude",
        "gres",
        "licenses",
        "nodelist",
        "partition",
        "qos",
        "reservation",
    ];

    /// <summary>Keys that are options.</summary>
    public static IReadOnlyList<string> Keys { get; } = [.. Numbers.Keys, .. Texts];

    /// <summary>Whether it is the same for all cells.</summary>
    public bool IsSame => formulas.All(f => !f.ReadsCell);

    /// <param name="map">Of options.</param>
    /// <param name="key">One of <see cref="Keys"/>.</param>
    /// <exception cref="UserException">A formula that is none; with line and cure.</exception>
    public static SlurmOption Read(YamlMap map, string key)
    {
        string text = map.Text(key);
        if (text.Any(char.IsControl))
        {
            throw map.Error(key, $"'slurm.{key}' has a new line or another control character; write it on one line");
        }
        if (!Numbers.TryGetValue(key, out (string Option, string Behind, string Own) known))
        {
            return OfText(map, key, $"--{key}", text, 1);
        }
        bool isBytes = known.Behind.Length > 0;
        double unit = isBytes ? MebiByte : 1;
        return text.Contains('{') ? OfText(map, key, known.Option, text, unit)
            : Regex.IsMatch(text, known.Own) && !Columns.Contains(text) ? new SlurmOption(map, key, known.Option, [text], [], 1)
            : new SlurmOption(
                map,
                key,
                known.Option,
                ["", known.Behind],
                [Formula(map, key, isBytes ? InBytes(map, key, text) : text)],
                unit
            );
    }

    /// <summary>"--nodes=2".</summary>
    /// <exception cref="UserException">A formula has no value for the cell that could be asked for.</exception>
    public string Of(Cell cell)
    {
        double[] inputs = new double[Columns.Length];
        ModelColumns.Fill(cell.Model, cell.Census, inputs);
        (inputs[^2], inputs[^1]) = (cell.TrainedTokens, cell.TrainedTokens * cell.FlopsPerToken);
        string value = texts[0];
        for (int i = 0; i < formulas.Count; i++)
        {
            double number = formulas[i].Value.Evaluate(inputs);
            value += number is > 0 and <= Max
                ? Math.Ceiling(number / unit * (1 - Rounding)).ToString("F0", CultureInfo.InvariantCulture) + texts[i + 1]
                : throw map.Error(
                    key,
                    FormattableString.Invariant(
                        $"'slurm.{key}' of cell '{cell.Name}' comes out as {Figures.Significant(number)}; it needs a number above 0"
                    )
                );
        }
        return $"{option}={value}";
    }

    private static SlurmOption OfText(YamlMap map, string key, string option, string text, double unit)
    {
        List<string> texts = [];
        List<SlurmFormula> formulas = [];
        string rest = text;
        while (rest.Contains('{'))
        {
            string[] parts = rest.Split('{', 2);
            string[] inner = parts[1].Split('}', 2);
            if (inner.Length < 2)
            {
                throw map.Error(key, $"'slurm.{key}' has a '{{' without its '}}'; close it behind the formula");
            }
            texts.Add(parts[0]);
            formulas.Add(Formula(map, key, inner[0]));
            rest = inner[1];
        }
        return new SlurmOption(map, key, option, [.. texts, rest], formulas, unit);
    }

    private static SlurmFormula Formula(YamlMap map, string key, string text)
    {
        Expression formula;
        try
        {
            string plain = Quantity.TryParseCount(text, out double count) ? count.ToString("R", CultureInfo.InvariantCulture) : text;
            formula = Parser.ParseNumber(plain, $"'slurm.{key}'");
        }
        catch (UserException e)
        {
            throw map.Error(key, e);
        }
        string? unknown = formula.FreeNames().FirstOrDefault(n => !Columns.Contains(n));
        return unknown is null
            ? new SlurmFormula(CompiledFormula.Compile(formula, Columns), formula.FreeNames().Any())
            : throw map.Error(
                key,
                $"'{text}' reads '{unknown}', which no cell has{Guess.Hint(unknown, Columns)}; known are {string.Join(", ", Columns)}"
            );
    }

    // A number needs its unit, as everywhere: what stands alone means megabytes to Slurm.
    private static string InBytes(YamlMap map, string key, string text)
    {
        if (!Bytes().IsMatch(text))
        {
            return text;
        }
        try
        {
            return Quantity.ParseBytes(text, $"'slurm.{key}'").ToString("R", CultureInfo.InvariantCulture);
        }
        catch (UserException e)
        {
            throw map.Error(key, e);
        }
    }

    [GeneratedRegex(@"^[\d.]+ ?[A-Za-z]*$")]
    private static partial Regex Bytes();
}

/// <param name="Value">Over <see cref="SlurmOption"/>'s columns.</param>
/// <param name="ReadsCell">Whether it reads any of them.</param>
internal sealed record SlurmFormula(CompiledFormula Value, bool ReadsCell);
