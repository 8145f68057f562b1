using System.CommandLine;
using MoeScale.Cli.Input;
using MoeScale.Cli.Output;
using MoeScale.Training.Data.Tokenizers;
using MoeScale.Training.Runs;

namespace MoeScale.Cli.Verbs;

/// <summary>What <c>eval</c> and <c>sample</c> share: the run whose model they use, and the threads.</summary>
internal static class TrainedRun
{
    public static readonly Argument<string> Folder = new("run")
    {
        Description =
            "Folder of a run: what --out of 'moescale train' named. A run on its way is read at its last checkpoint. "
            + "A folder of Hugging Face with config.json and model.safetensors is read too.",
    };
    public static readonly Option<string> Threads = new("--threads")
    {
        HelpName = "N",
        Description = "Threads to work with; they change no figure. Default: all processors.",
    };

    public static TrainedModel Open(ParseResult parsed) => TrainedModel.Open(parsed.GetValue(Folder)!);

    public static int ThreadCount(ParseResult parsed) =>
        (int)(Options.Whole(parsed, Threads, Options.MaxThreads) ?? Environment.ProcessorCount);

    /// <summary>The first line of a page.</summary>
    public static void WriteModel(TrainedModel trained) =>
        Page.Field(
            "Model",
            $"{trained.Model.Name}, {Tokens(trained.TokenizerName)}, windows of "
                + $"{trained.Context}{(trained.IsFinished ? "" : "; at the last checkpoint of a run on its way")}"
        );

    private static string Tokens(string tokenizer) =>
        tokenizer switch
        {
            "bytes" => "tokens are bytes",
            "gpt2" => "tokens of GPT-2",
            TokenizerKinds.Synthetic => "tokens of the synthetic language",
            TokenizerKinds.HuggingFace => "tokens of its tokenizer.json",
            _ => "tokens without text",
        };
}
