using MoeScale.Basics;
using MoeScale.Laws;
using MoeScale.Models;
using MoeScale.Training.Recipes;
using MoeScale.Training.Transformers;

namespace MoeScale.Studies.Files;

/// <summary>
/// Makes cells of the grids of a study: a model from a shape family or a model file with keys replaced, and a recipe whose numbers may be
/// formulas of the model.
/// </summary>
internal sealed class CellReader
{
    private static readonly string[] FreeOfFamilies = ["experts", "granularity"];

    private readonly YamlMap _study;
    private readonly StudyText _text;
    private readonly bool _isBuiltIn;
    private readonly YamlMap? _model;
    private readonly bool _isSound;
    private readonly Dictionary<string, string> _shared = [];
    private readonly IdleKeys _idle;

    private readonly Lazy<Law> _rateLaw = new(() => LawCatalog.Open(DefaultRate.LawId));

    // Cells that differ in their recipe alone have one model; a study may have thousands.
    private readonly Dictionary<string, Model> _models = [];

    /// <param name="study">The file.</param>
    /// <param name="text">What it trains on.</param>
    /// <param name="isBuiltIn">Whether <c>train</c> trains its cells.</param>
    /// <exception cref="UserException">The shared settings contradict each other.</exception>
    public CellReader(YamlMap study, StudyText text, bool isBuiltIn)
    {
        (_study, _text, _isBuiltIn) = (study, text, isBuiltIn);
        if (study.Has("family") == study.Has("model_file"))
        {
            throw study.Error(
                study.Has("family") ? "model_file" : "id",
                study.Has("family")
                    ? "'family' and 'model_file' both say what the models are; leave one of them out"
                    : "nothing says what the models are: give 'family' with a shape family, such as joint-2025, or 'model_file' with a "
                        + "model"
            );
        }
        Template = study.Has("family") ? Open("family", ShapeFamily.OpenFile) : Open("model_file", ModelCatalog.OpenFile);
        Size = study.Has("family") ? ShapeFamily.Parse(Template).Size : null;
        _isSound = Size is not null || IsModel(Template);
        _model = study.OptionalMap("model");
        _idle = new IdleKeys(_model, study.OptionalMap("train"), isBuiltIn);
        foreach (string section in (string[])["model", "train"])
        {
            if (study.OptionalMap(section) is YamlMap map)
            {
                if (section == "train")
                {
                    map.RefuseOthers([.. RecipeSettings.OfStudies]);
                }
                foreach (string key in map.Keys)
                {
                    _shared[key] =
                        key == Settings.Branches ? Lengths(map)
                        : map.IsList(key)
                            ? throw map.Error(key, $"'{section}.{key}' is a list; what differs between cells stands in 'grid'")
                        : map.Text(key);
                }
            }
        }
        if (study.Has("family") && !_shared.ContainsKey("vocab_size") && text.VocabularySize is int vocabulary)
        {
            _shared["vocab_size"] = $"{vocabulary}";
            HasVocabularyOfText = true;
        }
    }

    private static string Lengths(YamlMap train) =>
        train.Texts(Settings.Branches) is { Count: > 0 } lengths
            ? string.Join(Settings.BetweenBranches, lengths)
            : throw train.Error(
                Settings.Branches,
                "'train.branches' has an empty list; give the lengths of the runs, such as [1M, 2M, 4M]"
            );

    /// <summary>The family or model file as it stands.</summary>
    public YamlMap Template { get; }

    /// <summary>Whether a family got the vocabulary of the text, since the study says nothing of it.</summary>
    public bool HasVocabularyOfText { get; }

    /// <summary>The free size of the family; null for a model file.</summary>
    public string? Size { get; }

    /// <summary>The family with the keys replaced that all cells share, be it under 'model' or in the grids: what a plan gets.</summary>
    /// <param name="cells">All of them.</param>
    public YamlMap FamilyOf(IReadOnlyList<Cell> cells)
    {
        Dictionary<string, string> all = new(_shared);
        foreach (IGrouping<string, string> setting in cells.SelectMany(c => c.Settings).GroupBy(s => s.Key, s => s.Value))
        {
            if (setting.Count() == cells.Count && !setting.Distinct().Skip(1).Any())
            {
                all[setting.Key] = setting.First();
            }
        }
        KeyValuePair<string, string?>[] replaced = [.. Of(all, [Size!, .. FreeOfFamilies])];
        string others = replaced.Length > 0 ? $" with other {string.Join(", ", replaced.Select(r => r.Key))}" : "";
        return Template
            .With(replaced)
            .With([
                KeyValuePair.Create("id", (string?)$"{_study.Text("id")}-shapes"),
                KeyValuePair.Create("description", (string?)$"{Template.Text("id")}{others}"),
            ]);
    }

    /// <summary>Refuses what the study says and no cell that was read makes use of.</summary>
    /// <exception cref="UserException">There is such a key; with line and cure.</exception>
    public void RequireUsed() => _idle.Refuse();

    /// <summary>All cells of a grid.</summary>
    /// <exception cref="UserException">One of them cannot be; the message has the line of the grid and the cure.</exception>
    public IEnumerable<Cell> Read(YamlMap grid)
    {
        foreach (IReadOnlyDictionary<string, string> own in Settings.Combinations(grid))
        {
            string name = CellName.Of(own);
            Dictionary<string, string> all = new(_shared);
            foreach ((string key, string value) in own)
            {
                all[key] = value;
                // A grid of tokens replaces shared branches, and the other way round.
                if (key is "tokens" or Settings.Branches && !own.ContainsKey(key == "tokens" ? Settings.Branches : "tokens"))
                {
                    all.Remove(key == "tokens" ? Settings.Branches : "tokens");
                }
            }
            yield return Cell(grid, name, own, all);
        }
    }

    private Cell Cell(YamlMap grid, string name, IReadOnlyDictionary<string, string> own, Dictionary<string, string> all)
    {
        string sizes = string.Join('\n', all.Where(s => IsOfModel(s.Key)).Select(s => $"{s.Key}: {s.Value}"));
        if (!_models.TryGetValue(sizes, out Model? model))
        {
            model = ReadModel(grid, name, all);
            _models.Add(sizes, model);
        }
        model = model with { Name = name };
        CellSource source = new(grid, _study, name, model, own, all, _rateLaw.Value)
        {
            IsOfUser = !_isBuiltIn,
            HasHeldOut = _isBuiltIn && _text.HeldOut is not ["0"],
        };
        Recipe recipe = Recipe.Read(source);
        _idle.Add(grid, all, own, model, recipe);
        return new Cell
        {
            Name = name,
            Model = model,
            Recipe = recipe,
            // Read with the rate.
            RateOutside = source.RateOutside,
            Settings = own,
        }.Counted();
    }

    private Model ReadModel(YamlMap grid, string name, Dictionary<string, string> all)
    {
        // Where to complain about a model that cannot be: the grid, since the values of a cell come together there.
        string ofGrid = all.Keys.FirstOrDefault(k => IsOfModel(k) && grid.Has(k)) ?? grid.FirstKey;
        Phrase ofCell = $"{grid.Place(ofGrid)}: cell '{name}' cannot be trained";
        try
        {
            Model model = Size is null ? ModelFile.Parse(Template.With(Of(all, []), PlaceOf)) : OfFamily(all, PlaceOf);
            // What a trainer of the user's can do, nobody knows.
            if (_isBuiltIn && Transformer.WhyNot(model) is TrainingObstacle obstacle)
            {
                throw new UserException($"{obstacle.Reason}. Change the model, or train it by a 'trainer' of your own.");
            }
            ModelLimits.RequireContext(model, LongestContext);
            ModelLimits.RequireVocabulary(model, _text.VocabularySize);
            return model;
        }
        catch (UserException e)
        {
            throw e.In(StudyTerms.All).AtLeastAt(ofCell);
        }

        // Where the value stands that the study gives a key; else the cell is told, unless the model file is wrong in itself.
        Phrase? PlaceOf(string key)
        {
            if (grid.Has(key) || _model?.Has(key) == true)
            {
                return (grid.Has(key) ? grid : _model!).Place(key);
            }
            return _isSound ? ofCell : null;
        }
    }

    // A name that no catalog has, told where it stands; what is wrong in a file, the file tells.
    private YamlMap Open(string key, Func<string, string?, YamlMap> open)
    {
        string name = _study.Text(key);
        try
        {
            return open(name, _study.Folder);
        }
        catch (UserException e)
        {
            throw e.AtLeastAt(_study.Place(key));
        }
    }

    // A study may give what a model file lacks.
    private static bool IsModel(YamlMap file)
    {
        try
        {
            ModelFile.Parse(file);
            return true;
        }
        catch (UserException)
        {
            return false;
        }
    }

    private Model OfFamily(Dictionary<string, string> all, Func<string, Phrase?> placeOf)
    {
        string? absolute = Array.Find(["expert_count", "d_expert"], all.ContainsKey);
        if (absolute is not null)
        {
            throw new UserException($"'{absolute}' follows from the family. Give 'experts', the expansion rate, and 'granularity'.");
        }
        ShapeFamily family = ShapeFamily.Parse(Template.With(Of(all, [Size!, .. FreeOfFamilies]), placeOf));
        double size = Count(
            Size!,
            all.GetValueOrDefault(Size!)
                ?? throw new UserException($"'{family.Id}' is a family of models, and nothing gives its size. Give '{Size}' in 'grid'.")
        );
        Model model = family.Model(
            size,
            Count("experts", all.GetValueOrDefault("experts", "1")),
            Count("granularity", all.GetValueOrDefault("granularity", "1"))
        );
        return Buildable.WhyNot(model, multipleOf: 1) is BuildFault fault
            ? throw new UserException($"{fault.Reason}. Change the sizes that meet here, or give this combination no place in the grid.")
            : Buildable.Whole(model);
    }

    private static double Count(string key, string text) => Quantity.ParsePositiveCount(text, $"'{key}'");

    /// <summary>Keys of the model to replace; null takes one out.</summary>
    private static IEnumerable<KeyValuePair<string, string?>> Of(Dictionary<string, string> all, string[] but) =>
        [
            // A family's keys for another kind of routing mean nothing.
            .. RoutingKind.Find(all.GetValueOrDefault(RoutingKeys.Kind)) is RoutingKind kind
                ? RoutingKeys.Names.Where(k => kind.Lacks(k) && !all.ContainsKey(k)).Select(k => KeyValuePair.Create(k, (string?)null))
                : [],
            .. all.Where(s => IsOfModel(s.Key) && !but.Contains(s.Key))
                .Select(s => KeyValuePair.Create(s.Key, s.Value == Settings.None ? null : s.Value)),
        ];

    // What is beyond any trainer is beyond numbers of 32 bits.
    private double LongestContext => _isBuiltIn ? RecipeLimits.LongestContext : int.MaxValue / 2;

    private static bool IsOfModel(string key) => !RecipeSettings.OfStudies.Contains(key);
}
