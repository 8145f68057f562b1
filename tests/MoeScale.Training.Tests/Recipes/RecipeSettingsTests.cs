using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Recipes;

namespace MoeScale.Training.Tests.Recipes;

/// <summary>The table of settings: one name and one meaning each, in the page and in run.json as in the table.</summary>
public partial class RecipeSettingsTests
{
    // What run.json holds beside a recipe: the text, the model's context, and what a run learns of where it stands.
    private static readonly string[] NoSettings =
    [
        "text",
        "held_out",
        "held_out_share",
        "field",
        "tokenizer",
        "tokenizer_name",
        "token_type",
        "separator",
        "context",
        "learning_rate_from",
        "trunk",
    ];

    private static readonly Model Tiny = ShapeFamily.Open("joint-2025").Model(64, 1, 1);

    public static TheoryData<string> Keys() => [.. RecipeSettings.All.Select(s => s.Key)];

    [Fact]
    public void Names_OfAllSettings_AreDifferent()
    {
        int count = RecipeSettings.All.Count;
        Assert.Equal(count, RecipeSettings.All.Select(s => s.Key).Distinct().Count());
        Assert.Equal(count, RecipeSettings.All.Select(s => s.Option).Distinct().Count());
        Assert.Equal(count, RecipeSettings.All.Select(s => s.FileKey).Distinct().Count());
        Assert.Equal(["--lr"], RecipeSettings.All.Where(s => s.Option != $"--{s.Key.Replace('_', '-')}").Select(s => s.Option));
    }

    /// <summary>Another value of a setting changes what the table says that it changes in run.json.</summary>
    [Theory]
    [MemberData(nameof(Keys))]
    public void Setting_ThatIsGiven_ChangesItsMemberOfTheRun(string key)
    {
        RecipeSetting setting = RecipeSettings.Find(key)!;
        JsonObject usual = Run([]);
        JsonObject changed = Run(new() { [key] = Other(setting) });
        string[] differences = [.. Leaves(usual).Keys.Where(k => Leaves(usual)[k] != Leaves(changed)[k])];
        if (setting.RunKey is null)
        {
            Assert.Empty(differences);
        }
        else
        {
            Assert.Contains(setting.RunKey, differences);
        }
    }

    [Fact]
    public void RunJson_HasNothing_ThatIsNoSetting()
    {
        IEnumerable<string> members = Leaves(Run([])).Keys.Except(NoSettings);
        Assert.Equal(members.Order(), RecipeSettings.All.Select(s => s.RunKey).OfType<string>().Distinct().Order());
    }

    /// <summary>What a file tells of a recipe is read back to the same run.</summary>
    [Theory]
    [MemberData(nameof(Keys))]
    public void File_OfARecipe_IsReadBackToTheSame(string key)
    {
        RecipeSetting setting = RecipeSettings.Find(key)!;
        Recipe recipe = Read(new() { [key] = Other(setting), ["eval_every"] = "4096" });
        JsonObject json = new(RecipeFile.Write(recipe));
        Recipe back = RecipeFile.Read(YamlMap.Parse(json.ToJsonString(), "config.json"), Tiny, () => throw new InvalidOperationException());
        Assert.Equal((recipe.Run with { LearningRateFrom = "given" }).ToJson(), back.Run.ToJson());
        Assert.Equal((recipe.Checkpoints, recipe.DecayShare, recipe.IsTrunk), (back.Checkpoints, back.DecayShare, back.IsTrunk));
        Assert.Equal(recipe.Lengths, back.Lengths);
    }

    [Fact]
    public void File_WithAValueThatCannotBe_SaysPlaceAndItsOwnKey()
    {
        YamlMap file = YamlMap.Parse("{\n  \"tokens\": 65536,\n  \"warmup_tokens\": 70000\n}", "config.json");
        UserException e = Assert.Throws<UserException>(() => RecipeFile.Read(file, Tiny, Rate));
        Assert.Equal(
            "config.json:3:20: 'warmup_tokens' '70000' is as long as the run of 65536 tokens. Give a share below 1, or fewer tokens.",
            e.Message
        );
    }

    /// <summary>With MOESCALE_UPDATE_DOCS=1 the page's table is written instead.</summary>
    [Fact]
    public void Page_HasTheTable()
    {
        string path = Repository.In("docs", "training.md");
        string page = File.ReadAllText(path);
        Match there = Rows().Match(page);
        if (Environment.GetEnvironmentVariable("MOESCALE_UPDATE_DOCS") == "1")
        {
            File.WriteAllText(path, page.Replace(there.Value, Table(), StringComparison.Ordinal));
            return;
        }
        Assert.Equal(Table(), there.Value);
    }

    private static string Table()
    {
        StringBuilder table = new("| key | option | default | what it takes | in run.json | |\n| --- | --- | --- | --- | --- | --- |\n");
        foreach (RecipeSetting s in RecipeSettings.All)
        {
            string key = s.FileKey == s.Key ? $"`{s.Key}`" : $"`{s.Key}`, in a file `{s.FileKey}`";
            string takes = s.Range?.ToString() ?? string.Join(" or ", s.Choices);
            string normal = s.DefaultRule?.Say(PageTerms.All) ?? s.Default ?? "";
            string run = s.RunKey is null ? "" : $"`{s.RunKey}`";
            string help = s.IsOfStudies ? s.Help.Say(PageTerms.All) : $"{s.Help.Say(PageTerms.All)} Not in studies.";
            table.Append($"| {key} | `{s.Option}` | {normal} | {takes} | {run} | {help} |\n");
        }
        return table.ToString();
    }

    private static string Other(RecipeSetting setting) =>
        setting.Key switch
        {
            "tokens" => "131072",
            "branches" => "32768,65536",
            _ when setting.Choices.Count > 0 => setting.Choices[^1],
            _ when setting.Range!.IsWhole => "3",
            _ when setting.Key == "batch_tokens" => "2048",
            _ => "0.25",
        };

    private static DefaultRate Rate() => new(1e-3, "default");

    private static Recipe Read(Dictionary<string, string> given)
    {
        if (!given.ContainsKey("branches"))
        {
            given.TryAdd("tokens", "65536");
        }
        // So that a micro-batch may be of several sizes.
        if (!given.ContainsKey("batch_tokens"))
        {
            given.TryAdd("batch", "8");
        }
        return Recipe.Read(new Source(Tiny, given));
    }

    private static JsonObject Run(Dictionary<string, string> given) => JsonNode.Parse(Read(given).Run.ToJson())!.AsObject();

    private static Dictionary<string, string> Leaves(JsonObject json, string prefix = "") =>
        json.SelectMany(p =>
                p.Value is JsonObject inner
                    ? Leaves(inner, $"{prefix}{p.Key}.")
                    : (IEnumerable<KeyValuePair<string, string>>)[new($"{prefix}{p.Key}", $"{p.Value?.ToJsonString()}")]
            )
            .ToDictionary();

    [GeneratedRegex(@"\| key \| option \|.*?\n(?!\|)", RegexOptions.Singleline)]
    private static partial Regex Rows();

    private sealed class Source(Model model, Dictionary<string, string> values) : RecipeSource(model, values)
    {
        public override UserException Complaint(RecipeSetting setting, Phrase complaint) => new(complaint);

        protected override DefaultRate DefaultRate() => RecipeSettingsTests.Rate();
    }

    private sealed class PageTerms : Terms
    {
        public static readonly PageTerms All = new();

        public override string Say(Setting setting) => $"`{setting.Name}`";
    }
}
