using System.CommandLine;

namespace MoeScale.Cli.Verbs;

/// <summary>What <c>train</c> is told on the command line.</summary>
internal static class TrainArguments
{
    public static readonly Option<string> Out = new("--out")
    {
        HelpName = "FOLDER",
        Description = "Folder of the run. Where one stands in it, the same command goes on with it.",
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
    public static readonly Option<string> Tokens = new("--tokens") { HelpName = "N", Description = "Tokens to train on, such as 20M." };
    public static readonly Option<string> Branches = new("--branches")
    {
        HelpName = "LIST",
        Description = "Instead of --tokens: one run at constant rate, and a decayed branch of each of these lengths, such as 1M,2M,4M.",
    };
    public static readonly Option<string> Epochs = new("--epochs")
    {
        HelpName = "N",
        Description = "How often a token may be trained on. Default 1.",
    };
    public static readonly Option<string> Context = new("--context")
    {
        HelpName = "N",
        Description = "Tokens of a sequence. Default: the model's.",
    };
    public static readonly Option<string> BatchTokens = new("--batch-tokens")
    {
        HelpName = "N",
        Description = "Tokens of a step. Default: at most a 500th of --tokens; docs/training.md.",
    };
    public static readonly Option<string> Batch = new("--batch") { HelpName = "N", Description = "Sequences of a step, instead." };
    public static readonly Option<string> BatchRamp = new("--batch-ramp")
    {
        HelpName = "SHARE",
        Description = "Share of the run over which a quarter, then a half of the batch is used. Default 0.",
    };
    public static readonly Option<string> MicroBatch = new("--micro-batch")
    {
        HelpName = "N",
        Description = "Sequences to compute at once; more of a step add up. Default: about 4096 tokens.",
    };
    public static readonly Option<string> Rate = new("--lr")
    {
        HelpName = "RATE",
        Description = "Highest learning rate. Default: that of a law in its range, else a constant.",
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
    public static readonly Option<string> Schedule = new("--schedule")
    {
        HelpName = "KIND",
        Description = "wsd (constant, then linear to 0) or cosine (to a tenth). Default wsd.",
    };
    public static readonly Option<string> Warmup = new("--warmup")
    {
        HelpName = "N",
        Description = "Warm-up, as a share of the run below 1, else in tokens. Default 0.01.",
    };
    public static readonly Option<string> Decay = new("--decay")
    {
        HelpName = "SHARE",
        Description = "Share of the run in which the rate falls, of wsd. Default 0.2.",
    };
    public static readonly Option<string> Clip = new("--clip") { HelpName = "X", Description = "Longest gradient. Default 1." };
    public static readonly Option<string> WeightDecay = new("--weight-decay") { HelpName = "X", Description = "Of matrices. Default 0.1." };
    public static readonly Option<string> InitialScale = new("--init-scale")
    {
        HelpName = "X",
        Description = "Initial variance times fan-in. Default 0.1.",
    };
    public static readonly Option<string> InitialCut = new("--init-cut")
    {
        HelpName = "KIND",
        Description = "Where initial normal numbers are cut: 2sd, or 0.2. Default 2sd.",
    };
    public static readonly Option<string> Seed = new("--seed")
    {
        HelpName = "N",
        Description = "Of the initial weights and of the order of the text. Default 0.",
    };
    public static readonly Option<string> EvaluateEvery = new("--eval-every")
    {
        HelpName = "N",
        Description = "Score held-out text each N tokens. Default a tenth of --tokens.",
    };
    public static readonly Option<string> EvaluateTokens = new("--eval-tokens")
    {
        HelpName = "N",
        Description = "Held-out tokens to score at the end. Default 262144.",
    };
    public static readonly Option<string> CheckpointSeconds = new("--checkpoint-seconds")
    {
        HelpName = "N",
        Description = "Write a checkpoint each N seconds; 0 for none. Default 60.",
    };
    public static readonly Option<string> CheckpointSteps = new("--checkpoint-steps")
    {
        HelpName = "N",
        Description = "Write a checkpoint each N steps, too.",
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

    /// <summary>In the order of the help.</summary>
    public static IReadOnlyList<Option> All { get; } =
    [
        ModelName,
        Family,
        Width,
        Blocks,
        Experts,
        Granularity,
        VocabularySize,
        .. TrainRouting.All,
        Text,
        Field,
        Data,
        HeldOut,
        Tokenizer,
        VocabularyFile,
        MergesFile,
        TokenType,
        Separator,
        Tokens,
        Branches,
        Epochs,
        Context,
        BatchTokens,
        Batch,
        BatchRamp,
        MicroBatch,
        Rate,
        SweepRate,
        SweepTokens,
        Schedule,
        Warmup,
        Decay,
        Clip,
        WeightDecay,
        InitialScale,
        InitialCut,
        Seed,
        EvaluateEvery,
        EvaluateTokens,
        CheckpointSeconds,
        CheckpointSteps,
        Threads,
        Out,
        DryRun,
        Report,
        AsJson,
    ];
}
