using MoeScale.Basics;
using MoeScale.Laws.Fitting;

namespace MoeScale.Studies.Files;

/// <summary>Reads a study from YAML, with every cell of its grids checked.</summary>
public static class StudyFile
{
    private static readonly string[] Keys =
        ["id", "question", "text", "held_out", "field", "tokenizer", "family", "model_file", "model", "train", "grid", "trainer", "retries", "fit", "rate_law", "plan"];

    private const int UsualRetries = 2;
    private const int UsualBootstrap = 500;
    private const int MostCells = 100_000;

    /// <exception cref="UserException">The file does not say what to train, or a cell cannot be trained; with line and cure.</exception>
    public static Study Read(string path) => Parse(YamlMap.Read(path));

    /// <inheritdoc cref="Read"/>
    public static Study Parse(YamlMap yaml)
    {
        yaml.RefuseOthers(Keys);
        StudyText text = StudyText.Read(yaml);
        CellReader reader = new(yaml, text);
        IReadOnlyList<YamlMap> grids = yaml.Maps("grid");
        if (grids.Count == 0)
        {
            throw yaml.Error("id", "the study has no 'grid'; give for example 'grid: { d_model: [64, 128], tokens: [1M, 2M] }', or a list of such grids");
        }
        return new Study
        {
            Id = yaml.Text("id"),
            File = yaml.File,
            Question = yaml.OptionalText("question") ?? "",
            Text = text,
            Cells = Cells(reader, grids),
            Trainer = TrainerCommand.Read(yaml),
            Retries = (int)Whole(yaml, "retries", UsualRetries, 0),
            Fit = ReadFit(yaml),
            RateLaw = yaml.OptionalText("rate_law"),
            Plans = [.. yaml.Maps("plan").Select(ReadPlan)],
            Size = reader.Size,
            Family = reader.Size is null ? null : reader.SharedTemplate.ToText(),
        };
    }

    private static List<Cell> Cells(CellReader reader, IReadOnlyList<YamlMap> grids)
    {
        Dictionary<string, (Cell Cell, YamlMap Grid)> cells = [];
        foreach (YamlMap grid in grids)
        {
            foreach (Cell cell in reader.Read(grid))
            {
                string key = grid.FirstKey;
                if (cells.Count >= MostCells)
                {
                    throw grid.Error(key, $"the study has more than {MostCells} cells; take fewer values");
                }
                // Grids may overlap in a cell, as a cross of two lines does; its file systems may not tell cases apart.
                if (!cells.TryAdd(cell.Name.ToLowerInvariant(), (cell, grid)) && CellConfiguration.Of(cell, null).Difference(CellConfiguration.Of(cells[cell.Name.ToLowerInvariant()].Cell, null)) is string difference)
                {
                    throw grid.Error(key, $"two cells are called '{cell.Name}', and differ: {difference}; let the grids say the value that differs");
                }
            }
        }
        return [.. cells.Values.Select(c => c.Cell)];
    }

    private static FitWish ReadFit(YamlMap yaml)
    {
        YamlMap? fit = yaml.OptionalMap("fit");
        fit?.RefuseOthers(["law", "compare", "fix", "hold_out", "where", "bootstrap", "objective", "delta"]);
        YamlMap? fix = fit?.OptionalMap("fix");
        return new FitWish
        {
            Law = fit?.OptionalText("law") is string law ? Rooted(yaml, law) : null,
            Compare = fit?.Has("compare") == true ? [.. fit.Texts("compare").Select(l => Rooted(yaml, l))] : null,
            Fix = fix is null ? [] : [.. fix.Keys.Select(k => KeyValuePair.Create(k, Rooted(yaml, fix.Text(k))))],
            HoldOut = fit?.OptionalText("hold_out"),
            Where = fit?.OptionalText("where"),
            Bootstrap = fit is null ? UsualBootstrap : (int)Whole(fit, "bootstrap", UsualBootstrap, 0),
            Objective = fit?.Has("objective") == true ? fit.Choice("objective", [.. Objective.Names]) : null,
            Delta = fit?.OptionalNumber("delta"),
        };
    }

    private static PlanWish ReadPlan(YamlMap plan)
    {
        plan.RefuseOthers(["flops", "memory", "inference_tokens", "max_tokens", "multiple_of", "experts", "granularity"]);
        return new PlanWish
        {
            Flops = plan.Number("flops") is > 0 and double flops ? flops : throw plan.Error("flops", "'flops' needs a number above zero"),
            MemoryBytes = plan.OptionalText("memory") is string memory ? Quantity.ParseBytes(memory, $"{plan.Place("memory")}: 'memory'") : null,
            InferenceTokens = plan.OptionalNumber("inference_tokens") ?? 0,
            MaxTokens = plan.OptionalNumber("max_tokens"),
            MultipleOf = Whole(plan, "multiple_of", 1, 1),
            Experts = plan.Has("experts") ? plan.Numbers("experts") : null,
            Granularities = plan.Has("granularity") ? plan.Numbers("granularity") : null,
        };
    }

    private static double Whole(YamlMap yaml, string key, double otherwise, double least)
    {
        double value = yaml.OptionalNumber(key) ?? otherwise;
        return value == Math.Floor(value) && value >= least && value <= int.MaxValue ? value : throw yaml.Error(key, $"'{key}' is {value}; it needs a whole number from {least} up");
    }

    // Laws of one's own stand beside the study.
    private static string Rooted(YamlMap yaml, string name) => EmbeddedFolder.IsPath(name) ? Path.GetFullPath(name, yaml.Folder ?? Environment.CurrentDirectory) : name;
}
