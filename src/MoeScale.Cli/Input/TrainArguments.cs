using System.CommandLine;
using MoeScale.Training.Data;
using MoeScale.Training.Recipes;

namespace MoeScale.Cli.Input;

/// <summary>What <c>train</c> is told on the command line.</summary>
internal static class TrainArguments
{
    public static readonly Option<string> Out = new("--out")
    {
        HelpName = "FOLDER",
        Description = "Folder of the run. Where one stands in it, the same command goes on with it.",
    };
    public static readonly Option<string> Config = new("--config")
    {
        HelpName = "FILE",
        Description =
            "Model, recipe and text from a config.json, as a study writes it for each cell; beside it --out, --data, "
            + "--threads, --checkpoint-seconds, --checkpoint-steps, --dry-run and --json.",
    };
    public static readonly Option<string> ModelName = new("--model")
    {
        HelpName = "MODEL",
        Description = "A model file, a Hugging Face config.json, or a name of the catalog.",
    };
    public static readonly Option<string> Family = new("--family")
    {
        HelpName = "ID",
        Description = "A shape family, of which --d-model gives the size; instead of --model.",
    };
    public static readonly Option<string> Width = new("--d-model") { HelpName = "N", Description = "Size of the member of the family." };
    public static readonly Option<string> Blocks = new("--n-blocks")
    {
        HelpName = "N",
        Description = "Size, for families that are sized by their blocks.",
    };
    public static readonly Option<string> Experts = new("--experts")
    {
        HelpName = "N",
        Description = "Expansion rate of the member of the family. Default 1, dense.",
    };
    public static readonly Option<string> Granularity = new("--granularity")
    {
        HelpName = "N",
        Description = "Granularity of the member of the family: N times as many experts, a token takes N. Default 1.",
    };
    public static readonly Option<string> VocabularySize = new("--vocab-size")
    {
        HelpName = "N",
        Description = "Vocabulary of the member of the family. Default: the tokenizer's.",
    };
    public static readonly Option<string[]> Text = new("--text")
    {
        HelpName = "PATH",
        AllowMultipleArgumentsPerToken = true,
        Description = "Text to train on: files and folders, one .bin of tokens, dotnet-docs or synthetic.",
    };
    public static readonly Option<string> Data = new("--data")
    {
        HelpName = "FOLDER",
        Description = "Folder for the tokens of the text, which several runs may share. Default: data in --out.",
    };
    public static readonly Option<string> Field = new("--field")
    {
        HelpName = "NAME",
        Description = "Field of a JSON line that is the document. Default text.",
    };
    public static readonly Option<string[]> HeldOut = new("--held-out")
    {
        HelpName = "WHAT",
        AllowMultipleArgumentsPerToken = true,
        Description = "Share of the documents to hold out, or files and folders. Default 0.05.",
    };
    public static readonly Option<string> Tokenizer = new("--tokenizer")
    {
        HelpName = "KIND",
        Description = "bytes, or gpt2 with the two files below. Default bytes.",
    };
    public static readonly Option<string> VocabularyFile = new("--vocab-file")
    {
        HelpName = "FILE",
        Description = "vocab.json of --tokenizer gpt2.",
    };
    public static readonly Option<string> MergesFile = new("--merges-file")
    {
        HelpName = "FILE",
        Description = "merges.txt of --tokenizer gpt2.",
    };
    public static readonly Option<string> TokenType = new("--token-type")
    {
        HelpName = "TYPE",
        Description = "Of a .bin without an .idx or a header: uint16, int32, uint32 ... Default uint16, if it looks so.",
    };
    public static readonly Option<string> Separator = new("--separator")
    {
        HelpName = "ID",
        Description = "Of a .bin: the id that ends documents, or none. Default: its .idx, the tokenizer's, or GPT-2's.",
    };
    public static readonly Option<string> Context = new("--context")
    {
        HelpName = "N",
        Description = "Tokens of a sequence. Default: the model's.",
    };
    public static readonly Option<bool> SweepRate = new("--sweep-lr")
    {
        Description = "Find the rate by short runs at rates a factor of 2 apart.",
    };
    public static readonly Option<string> SweepTokens = new("--sweep-tokens")
    {
        HelpName = "N",
        Description = "Tokens of each of these. Default a tenth of --tokens.",
    };
    public static readonly Option<string> Threads = new("--threads")
    {
        HelpName = "N",
        Description = "Threads to work with; they change no bit. Default: all processors.",
    };
    public static readonly Option<bool> DryRun = new("--dry-run") { Description = "Show what would be trained, and train nothing." };
    public static readonly Option<string> Report = new("--report")
    {
        HelpName = "FOLDER",
        Arity = ArgumentArity.ZeroOrOne,
        Description = "Train nothing: tell and draw what the routers of the run in FOLDER did. Default: --out.",
    };
    public static readonly Option<bool> AsJson = new("--json")
    {
        Description = "Print the result as JSON; docs/json.md explains the fields.",
    };

    /// <summary>Options that say something of the model.</summary>
    public static IReadOnlyList<Option> OfModel { get; } =
    [ModelName, Family, Width, Blocks, Experts, Granularity, VocabularySize, .. TrainRouting.All, Context];

    /// <summary>Options of one value that say something of the text.</summary>
    public static IReadOnlyList<Option<string>> OfText { get; } = [Field, Tokenizer, VocabularyFile, MergesFile, TokenType, Separator];

    /// <summary>In the order of the help.</summary>
    public static IReadOnlyList<Option> All { get; } =
    [
        Config,
        .. OfModel.Where(o => o != Context),
        Text,
        Field,
        Data,
        HeldOut,
        Tokenizer,
        VocabularyFile,
        MergesFile,
        TokenType,
        Separator,
        .. RecipeSettings.All.SelectMany(WithThose),
        Threads,
        Out,
        DryRun,
        Report,
        AsJson,
    ];

    /// <summary>What may stand beside <see cref="Config"/>: what changes no bit of a run.</summary>
    public static IReadOnlyList<Option> BesideConfig { get; } =
    [
        Config,
        Out,
        Data,
        Threads,
        RecipeOptions.Of(RecipeSettings.CheckpointSeconds),
        RecipeOptions.Of(RecipeSettings.CheckpointSteps),
        DryRun,
        AsJson,
    ];

    /// <summary>What options say of the text.</summary>
    public static GivenText GivenText(ParseResult parsed) =>
        new(setting => parsed.GetValue(OfText.Single(o => o.Name == CommandTerms.All.Say(setting))))
        {
            Paths = parsed.GetValue(Text) ?? [],
            HeldOut = parsed.GetResult(HeldOut) is null ? null : parsed.GetValue(HeldOut) ?? [],
        };

    // Beside what it belongs to stands what is no setting of a recipe: sequences are the model's, a sweep ends when the run begins.
    private static IEnumerable<Option> WithThose(RecipeSetting setting) =>
        setting == RecipeSettings.BatchTokens ? [Context, RecipeOptions.Of(setting)]
        : setting == RecipeSettings.LearningRate ? [RecipeOptions.Of(setting), SweepRate, SweepTokens]
        : [RecipeOptions.Of(setting)];
}
