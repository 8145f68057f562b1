using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Exchange.Export;
using MoeScale.Models;
using MoeScale.Planning;
using MoeScale.Reporting;
using MoeScale.Studies.Files;
using MoeScale.Training;
using MoeScale.Training.Recipes;
using MoeScale.Training.Runs;

namespace MoeScale.Cli.Input;

/// <summary>What <c>export</c> is given: it knows a model, a run, a cell of a study and a plan apart, and what each tells.</summary>
internal static class ExportWhat
{
    // Of checkpoints of Hugging Face, the second by older programs.
    private static readonly string[] WeightFiles = ["*.safetensors", "*.bin"];

    /// <exception cref="UserException">It is nothing of the kind, or cannot be read.</exception>
    public static ExportSubject Read(string what)
    {
        if (SplitCell(what) is (string study, string cell))
        {
            return OfCell(StudyFile.Read(study, isTrained: false), cell);
        }
        if (File.Exists(RunFolder.ConfigurationIn(what)) && File.Exists(RunFolder.ModelIn(what)))
        {
            return OfRun(what);
        }
        string json = Directory.Exists(what) ? Path.Combine(what, "config.json") : what;
        if (json.EndsWith(".json", StringComparison.OrdinalIgnoreCase) && File.Exists(json))
        {
            JsonElement root = Parse(json);
            if (root.TryGetProperty("plans", out JsonElement _))
            {
                throw new UserException($"{json} holds plans by several laws. Ask for a plan by one of them.");
            }
            if (root.TryGetProperty("best", out JsonElement _) && root.TryGetProperty("law", out JsonElement _))
            {
                return OfPlanFile(json);
            }
            if (root.TryGetProperty("model", out JsonElement model) && model.ValueKind == JsonValueKind.Object)
            {
                return OfConfiguration(json);
            }
        }
        if (IsYaml(what) && File.Exists(what) && YamlMap.Read(what).Has("grid"))
        {
            IReadOnlyList<Cell> cells = StudyFile.Read(what, isTrained: false).Cells;
            string first = cells[0].RunName(cells[0].Lengths[0]);
            throw new UserException(
                $"{what} is a study of {Plural.Of(cells.Count, "cell")}. Give one of them, for example {what}:{first}."
            );
        }
        Model known = ModelCatalog.Open(what);
        return new ExportSubject
        {
            Name = known.Name,
            Model = known,
            WeightsLeft = File.Exists(Path.Combine(what, "config.json")) && HasWeights(what) ? what : null,
        };
    }

    private static bool HasWeights(string folder)
    {
        try
        {
            return WeightFiles.Any(pattern => Directory.EnumerateFiles(folder, pattern).Any());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{folder} cannot be listed: {TextFile.Reason(e)}.");
        }
    }

    /// <summary>A plan's model with its tokens, and the batch and rate of a law where one speaks of them.</summary>
    public static ExportSubject OfPlan(Model model, ConfigurationJson plan)
    {
        Dictionary<string, string> known = new() { [RecipeSettings.Tokens.Key] = FormattableString.Invariant($"{plan.Tokens:R}") };
        List<ExportNote> notes = [];
        Take(RecipeSettings.BatchTokens, r => r.BatchTokens);
        Take(RecipeSettings.LearningRate, r => r.LearningRate);
        return new ExportSubject
        {
            Name = model.Name,
            Model = model,
            Known = known,
            Sequence = (int)model.Context,
            Notes = notes,
        };

        void Take(RecipeSetting setting, Func<RateJson, double?> value)
        {
            if (plan.Rates.FirstOrDefault(r => value(r) is double v && double.IsFinite(v)) is RateJson rate)
            {
                string text = FormattableString.Invariant($"{value(rate):R}");
                known[setting.Key] = text;
                notes.Add(new ExportNote.OfLaw(setting.Name.To($"{value(rate):0.###e0}"), rate.Law, rate.OutsideRange));
            }
        }
    }

    // "study.yaml:d64-e8"; a drive of Windows has no ending before its colon.
    private static (string Study, string Cell)? SplitCell(string what)
    {
        int colon = what.LastIndexOf(':');
        string file = colon < 0 ? "" : what[..colon];
        return IsYaml(file) ? (file, what[(colon + 1)..]) : null;
    }

    private static bool IsYaml(string path) =>
        path.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".yml", StringComparison.OrdinalIgnoreCase);

    private static ExportSubject OfCell(Study study, string name)
    {
        (Cell Cell, long Length, string Name)[] runs = [.. study.Cells.SelectMany(c => c.Lengths.Select(l => (c, l, c.RunName(l))))];
        (Cell Cell, long Length, string Name)[] named = [.. runs.Where(r => r.Name == name || r.Cell.Name == name)];
        if (named.Length == 0)
        {
            throw new UserException(
                $"{study.File} has no cell '{name}'{Guess.Hint(name, runs.Select(r => r.Name))}. "
                    + $"It has {string.Join(", ", runs.Take(5).Select(r => r.Name))}{(runs.Length > 5 ? " and more" : "")}."
            );
        }
        if (named.Length > 1)
        {
            throw new UserException(
                $"'{name}' is a trunk of {named.Length} runs. Give one of them: {string.Join(", ", named.Select(r => r.Name))}."
            );
        }
        Cell cell = named[0].Cell;
        return Of(named[0].Name.Replace('/', '-'), cell.Model, RunOf(cell.Recipe, named[0].Length)) with
        {
            Tokenizer = study.Text.IsGiven ? study.Text.Tokenizer : null,
        };
    }

    // A cell's folder, or the file of train --config: the recipe beside the model.
    private static ExportSubject OfConfiguration(string path)
    {
        YamlMap yaml = YamlMap.Read(path);
        Model model = ModelFile.Parse(yaml.Map("model"));
        Recipe recipe = RecipeFile.Read(
            yaml,
            model,
            () => throw yaml.Error(yaml.FirstKey, $"the file has no {FileTerms.All.Say(RecipeSettings.LearningRate.Name)}")
        );
        if (recipe.IsTrunk && recipe.Lengths.Count > 1)
        {
            throw new UserException(
                $"{path} is of a trunk of {recipe.Lengths.Count} runs. Give one as study.yaml:CELL/LENGTH, such as "
                    + $"{yaml.OptionalText("id") ?? model.Name}/{Quantity.FormatCount(recipe.Lengths[0])}."
            );
        }
        return Of(yaml.OptionalText("id") ?? model.Name, model, RunOf(recipe, recipe.Lengths[0])) with
        {
            Tokenizer = yaml.OptionalText(TrainSettings.Tokenizer.Name),
        };
    }

    private static ExportSubject OfRun(string folder)
    {
        Model model = ModelFile.Read(RunFolder.ModelIn(folder));
        RunConfiguration run = RunConfiguration.Read(RunFolder.ConfigurationIn(folder));
        return Of(Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))), model, run) with
        {
            Tokenizer = run.Tokenizer,
            RunFolder = folder,
        };
    }

    private static ExportSubject OfPlanFile(string path)
    {
        PlanJson plan;
        try
        {
            plan = PlanJson.Parse(TextFile.Read(path));
        }
        catch (JsonException e)
        {
            throw new UserException($"{path} is no plan, or one of another version: {JsonText.Reason(e)}.");
        }
        ConfigurationJson best = plan.Best ?? throw new UserException($"{path} is a plan that found no model. Raise its budget.");
        ShapeFamily family = ShapeFamily.Open(plan.Family);
        Model model = family.Model(family.Size == "d_model" ? best.DModel : best.NBlocks, best.Experts, best.Granularity);
        if (Buildable.WhyNot(model, multipleOf: 1) is BuildFault fault)
        {
            throw new UserException($"{path} is a plan of continuous sizes, which nobody can build: {fault.Reason}.");
        }
        model = Buildable.Whole(model) with { Name = Planner.NameOf(family, best.Experts, best.Granularity, best.DModel) };
        return Census.Of(model).TotalParams == best.TotalParams && model.ModelWidth == best.DModel && model.Blocks == best.NBlocks
            ? OfPlan(model, best)
            : throw new UserException(
                $"{path} was planned with another family '{plan.Family}' than the one that is known here. Write the model of the plan "
                    + $"with {ExportSettings.Out}, and export that file."
            );
    }

    private static ExportSubject Of(string name, Model model, RunConfiguration run) =>
        new()
        {
            Name = name,
            Model = model,
            Known = ExportRecipe.KnownOf(run),
            Sequence = run.Context,
        };

    private static RunConfiguration RunOf(Recipe recipe, long length) =>
        recipe.IsTrunk ? recipe.Run.Branch(length, recipe.DecayShare) : recipe.Run with { Tokens = length };

    private static JsonElement Parse(string path)
    {
        try
        {
            JsonElement root = JsonText.Parse(TextFile.Read(path));
            return root.ValueKind == JsonValueKind.Object ? root : JsonText.Parse("{}");
        }
        catch (JsonException e)
        {
            throw new UserException($"{path} is no JSON: {JsonText.Reason(e)}.");
        }
    }
}
