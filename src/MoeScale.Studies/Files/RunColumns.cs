using System.Text;
using MoeScale.Basics;
using MoeScale.Laws.Runs;
using MoeScale.Models;
using MoeScale.Training.Recipes;

namespace MoeScale.Studies.Files;

/// <summary>Which columns the table of a study's runs will have, before there is one.</summary>
/// <param name="Numbers">Names of those that hold numbers.</param>
/// <param name="Texts">Names of those that hold texts.</param>
internal sealed record RunColumns(IReadOnlyList<string> Numbers, IReadOnlyList<string> Texts)
{
    /// <summary>Those that the study itself fills in.</summary>
    private static readonly string[] OfStudy =
    [
        "loss",
        "tokens",
        .. ModelColumns.Names,
        "train_flops",
        .. RecipeSettings.Columns.Where(c => c.IsOfStudy).Select(c => c.Name),
    ];
    private static readonly string[] TextsOfStudy = ["run", "trunk", "routing"];

    // As RunResult writes them.
    private static readonly string[] OfTrain =
    [
        "training_loss",
        "steps",
        "seconds",
        "thread_seconds",
        "tokens_per_second",
        .. RecipeSettings.Columns.Where(c => !c.IsOfStudy && c.IsNumber).Select(c => c.Name),
    ];
    private static readonly string[] TextsOfTrain =
    [
        "held_out",
        .. RecipeSettings.Columns.Where(c => !c.IsNumber).Select(c => c.Name),
        "text",
        "tokenizer",
    ];

    /// <summary>What the optima of a sweep have, to which a rate law is fitted.</summary>
    public static IReadOnlyList<string> OfOptima { get; } =
    ["loss", "learning_rate", .. ModelColumns.Names, "tokens", "batch_tokens", "train_flops"];

    /// <summary>Of runs that <c>train</c> makes.</summary>
    public static RunColumns Of(StudyText text, IReadOnlyList<Cell> cells)
    {
        // Of the grid's settings, what is no column yet becomes one, as RunsCsv has it.
        ILookup<bool, string> settings = cells
            .SelectMany(c => c.Settings)
            .Where(s => s.Key != Settings.Branches && s.Value != Settings.None)
            .GroupBy(s => s.Key)
            .ToLookup(s => s.All(v => Quantity.TryParseCount(v.Value, out _)), s => s.Key);
        (string Key, object Value)[] routing =
        [
            .. cells.Select(c => c.Model).Where(m => !m.IsDense).SelectMany(RoutingKeys.Write).DistinctBy(k => k.Key),
        ];
        string[] texts =
        [
            .. TextsOfStudy,
            .. TextsOfTrain,
            .. routing.Where(k => k.Value is string && k.Key != "routing").Select(k => k.Key),
        ];
        string[] numbers =
        [
            .. OfStudy,
            .. OfTrain,
            text.IsSynthetic ? "loss_floor" : "bits_per_byte",
            .. routing.Length > 0 ? (string[])["router_warnings"] : [],
            .. routing.Where(k => k.Value is double).Select(k => k.Key),
        ];
        return new RunColumns([.. numbers.Union(settings[true].Except(texts))], [.. texts.Union(settings[false].Except(numbers))]);
    }

    /// <summary>A table of one row, by which a filter can be tried.</summary>
    public RunTable Sample()
    {
        string csv =
            $"{string.Join(',', Numbers.Concat(Texts))}\n{string.Join(',', Numbers.Select(_ => "1").Concat(Texts.Select(_ => "x")))}\n";
        using MemoryStream stream = new(Encoding.UTF8.GetBytes(csv));
        return RunTable.Read(stream, "the table of runs");
    }
}
