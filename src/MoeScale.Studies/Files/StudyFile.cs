using MoeScale.Basics;

namespace MoeScale.Studies.Files;

/// <summary>Reads a study from YAML, with every cell of its grids checked.</summary>
public static class StudyFile
{
    private static readonly string[] Keys =
    [
        "id",
        "question",
        "text",
        "held_out",
        "field",
        "tokenizer",
        "token_type",
        "separator",
        "family",
        "model_file",
        "model",
        "train",
        "grid",
        "trainer",
        "retries",
        "slurm",
        "fit",
        "rate_law",
        "plan",
    ];

    private const int DefaultRetries = 2;
    private const int MaxRetries = 1000;
    private const int LongestId = 60;
    private const int MaxCells = 100_000;

    /// <param name="path">The file.</param>
    /// <param name="isTrained">Whether its text and its trainer must be there; who only looks at its results may have them no more.</param>
    /// <exception cref="UserException">The file does not say what to train, or a cell cannot be trained; with line and cure.</exception>
    public static Study Read(string path, bool isTrained = true) => Parse(YamlMap.Read(path), isTrained);

    /// <inheritdoc cref="Read"/>
    public static Study Parse(YamlMap yaml, bool isTrained = true)
    {
        yaml.RefuseOthers(Keys);
        RefuseNul(yaml);
        string id = Id(yaml);
        TrainerCommand trainer = TrainerCommand.Read(yaml);
        StudyText text = StudyText.Read(yaml, trainer.IsBuiltIn);
        TextFiles files = new(yaml, text);
        if (isTrained)
        {
            files.RequireThere();
        }
        CellReader reader = new(yaml, text, trainer.IsBuiltIn);
        List<Cell> cells = Cells(reader, Grids(yaml));
        if (isTrained)
        {
            // What an earlier version trained can still be looked at.
            reader.RequireUsed();
        }
        if (isTrained && trainer.IsBuiltIn)
        {
            files.RequireForTrain(cells);
        }
        else if (isTrained)
        {
            files.RequireTrainer(trainer.Words!);
        }
        string? family = reader.Size is null ? null : reader.FamilyOf(cells).ToText();
        RequestReader requests = new(yaml, cells, trainer.IsBuiltIn ? RunColumns.Of(text, cells) : null, family);
        StudyFitRequest fit = requests.Fit();
        return new Study
        {
            Id = id,
            File = yaml.File,
            Question = yaml.OptionalText("question") ?? "",
            Text = text,
            Cells = cells,
            Notes = StudyNotes.Of(cells, text, reader),
            Trainer = trainer,
            Retries = (int)RequestReader.Whole(yaml, "retries", DefaultRetries, 0, MaxRetries),
            Slurm = SlurmRequest.Read(yaml, cells),
            Fit = fit,
            RateLaw = requests.RateLaw(),
            Plans = requests.Plans(fit),
            Size = reader.Size,
            Family = family,
        };
    }

    private static IReadOnlyList<YamlMap> Grids(YamlMap yaml)
    {
        const string Example = "give for example 'grid: { d_model: [64, 128], tokens: [1M, 2M] }', or a list of such grids";
        IReadOnlyList<YamlMap> grids = yaml.Maps("grid");
        return grids.Count == 0 ? throw yaml.Error(yaml.Has("grid") ? "grid" : "id", $"the study has no 'grid'; {Example}")
            : grids.Any(g => g.Keys.Count == 0) ? throw yaml.Error("grid", $"'grid' is empty; {Example}")
            : grids.Sum(Settings.CountCombinations) is > MaxCells and double count
                ? throw yaml.Error(
                    "grid",
                    FormattableString.Invariant(
                        $"the values of 'grid' have {count:#,0} combinations, each of them a cell, and {MaxCells:#,0} are the most; "
                    ) + "take fewer values, or cut the study in several"
                )
            : grids;
    }

    /// <summary>A NUL ends a path or a word for the system, which would cut it short or refuse it far from here.</summary>
    private static void RefuseNul(YamlMap yaml)
    {
        foreach (string key in yaml.Keys)
        {
            bool isMaps = yaml.IsMap(key) || key is "grid" or "plan";
            foreach (YamlMap map in isMaps ? yaml.Maps(key) : [])
            {
                RefuseNul(map);
            }
            IReadOnlyList<string> texts =
                isMaps ? []
                : yaml.IsList(key) ? yaml.Texts(key)
                : [yaml.Text(key)];
            if (texts.Prepend(key).Any(t => t.Contains('\0')))
            {
                throw yaml.Error(key, $"'{key.Replace('\0', '?')}' has a NUL character, which no path, word or name can have; take it out");
            }
        }
    }

    private static List<Cell> Cells(CellReader reader, IReadOnlyList<YamlMap> grids)
    {
        Dictionary<string, (Cell Cell, YamlMap Grid)> cells = [];
        foreach (YamlMap grid in grids)
        {
            foreach (Cell cell in reader.Read(grid))
            {
                string key = grid.FirstKey;
                // Grids may overlap in a cell, as a cross of two lines does; its file systems may not tell cases apart.
                if (
                    !cells.TryAdd(cell.Name.ToLowerInvariant(), (cell, grid))
                    && CellConfiguration.Of(cell, null).Difference(CellConfiguration.Of(cells[cell.Name.ToLowerInvariant()].Cell, null))
                        is SettingDifference difference
                )
                {
                    throw grid.Error(
                        key,
                        $"two cells are called '{cell.Name}', and differ: {difference}; let the grids say the value that differs"
                    );
                }
            }
        }
        return [.. cells.Values.Select(c => c.Cell)];
    }

    /// <summary>A name for laws, jobs of a cluster and files: as the id of a law.</summary>
    private static string Id(YamlMap yaml)
    {
        string id = yaml.Text("id");
        bool isLong = id.Length > LongestId;
        if (!isLong && id.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.'))
        {
            return id;
        }
        string what = isLong ? $"more than {LongestId} characters" : "more than letters, digits, '-', '_' and '.'";
        throw yaml.Error(
            "id",
            $"'id' is '{id}', and has {what}; its law and its jobs are named by it. Write for example '{Suggested(id)}', "
                + $"and what it is about under 'question'"
        );
    }

    private static string Suggested(string id)
    {
        string plain = string.Concat(id.Select(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-'));
        plain = plain[..Math.Min(plain.Length, LongestId)].Trim('-');
        return plain.Length == 0 ? "my-study" : plain;
    }
}
