using System.Buffers;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using MoeScale.Basics;
using MoeScale.Cli.Input;
using MoeScale.Cli.Output;
using MoeScale.Training.Data.Tokenizers;
using MoeScale.Training.Runs;
using MoeScale.Training.Sampling;
using MoeScale.Training.Transformers;

namespace MoeScale.Cli.Verbs;

/// <summary><c>moescale sample</c>: a trained model continues a prompt.</summary>
internal static class SampleVerb
{
    private const double MaxTokens = 1e6;
    private const double DefaultTokens = 200;
    private const double DefaultTemperature = 0.8;

    private static readonly Option<string> Prompt = new("--prompt")
    {
        HelpName = "TEXT",
        Description = "What to continue; none begins a document. Of a synthetic model: token numbers, such as '3 40 41'.",
    };
    private static readonly Option<string> PromptFile = new("--prompt-file")
    {
        HelpName = "FILE",
        Description = "A file that holds it, instead.",
    };
    private static readonly Option<string> Count = new("--tokens")
    {
        HelpName = "N",
        Description = "At most so many tokens; the end of a document ends it before. Default 200.",
    };
    private static readonly Option<string> Temperature = new("--temperature")
    {
        HelpName = "X",
        Description = "1 draws as the model says, less makes likely tokens likelier, 0 takes the likeliest. Default 0.8.",
    };
    private static readonly Option<string> TopK = new("--top-k")
    {
        HelpName = "K",
        Description = "Draw from the K likeliest tokens. Default: all.",
    };
    private static readonly Option<string> TopP = new("--top-p")
    {
        HelpName = "P",
        Description = "Draw from the likeliest that together have probability P. Default 1.",
    };
    private static readonly Option<string> Seed = new("--seed")
    {
        HelpName = "N",
        Description = "The same seed, the same text. Default 0.",
    };
    private static readonly Option<bool> AsJson = new("--json")
    {
        Description = "Print JSON when all is drawn; docs/json.md explains the fields.",
    };

    public static Command Create()
    {
        Command command = new("sample", "Continue a prompt with a trained model.") { TrainedRun.Folder };
        foreach (Option option in (Option[])[Prompt, PromptFile, Count, Temperature, TopK, TopP, Seed, TrainedRun.Threads, AsJson])
        {
            command.Options.Add(option);
        }
        Help.AddExamples(
            command,
            [
                "moescale sample runs/my-run --prompt \"Once upon a time\"",
                "moescale sample runs/my-run --prompt-file start.txt --temperature 0 --tokens 50",
                "moescale sample runs/my-run --top-p 0.9 --seed 7 --json",
            ]
        );
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        int count = (int)(Options.Whole(parsed, Count, MaxTokens) ?? DefaultTokens);
        SamplingSettings settings = new SamplingSettings
        {
            Temperature = Options.Count(parsed, Temperature) ?? DefaultTemperature,
            TopK = (int)(Options.Whole(parsed, TopK, MaxTokens) ?? 0),
            TopP = Options.Positive(parsed, TopP) ?? 1,
            Seed = ReadSeed(parsed),
        }.Check();
        string? prompt = ReadPrompt(parsed);
        TrainedModel trained = TrainedRun.Open(parsed);
        Sampler.Require(trained.Model);
        int[] start = trained.Tokenizer is ITokenizer tokenizer ? Encode(tokenizer, prompt ?? "") : ReadNumbers(prompt, trained);
        using Transformer model = trained.Load(1, Math.Min(trained.Context, start.Length + count), TrainedRun.ThreadCount(parsed));
        Sampler sampler = new(model, settings, trained.Vocabulary, trained.Tokenizer?.Separator ?? -1);
        Stopwatch watch = Stopwatch.StartNew();
        if (!trained.IsFinished && !parsed.GetValue(AsJson))
        {
            Console.Error.WriteLine("moescale: this run is on its way; its last checkpoint is used.");
        }
        List<int> drawn = parsed.GetValue(AsJson)
            ? [.. sampler.Continue(start, count)]
            : Show(sampler.Continue(start, count), prompt, start, trained);
        double seconds = watch.Elapsed.TotalSeconds;
        if (parsed.GetValue(AsJson))
        {
            Json.Write(SampleJson.Of(trained, prompt, start, drawn, settings, seconds));
        }
        else if (!Console.IsErrorRedirected)
        {
            Console.Error.WriteLine(
                FormattableString.Invariant($"moescale: {Plural.Of(drawn.Count, "token")}, {drawn.Count / seconds:0} a second")
            );
        }
        return 0;
    }

    // As they are drawn: a slow model is read while it writes.
    private static List<int> Show(IEnumerable<int> tokens, string? prompt, int[] start, TrainedModel trained)
    {
        List<int> drawn = [];
        TokenText? text = trained.Tokenizer is null ? null : new TokenText(trained.Tokenizer);
        if (text is null)
        {
            Console.Error.WriteLine("moescale: this model's tokens are no text; their numbers are shown.");
        }
        Write(text is null ? string.Join(" ", start) : prompt ?? "");
        foreach (int token in tokens)
        {
            drawn.Add(token);
            Write(text is null ? string.Create(CultureInfo.InvariantCulture, $" {token}") : text.Next(token));
        }
        Write((text?.End() ?? "") + "\n");
        return drawn;
    }

    // What a model makes up must not steer the terminal.
    private static void Write(string text)
    {
        Console.Out.Write(string.Concat(text.Select(c => char.IsControl(c) && c is not ('\n' or '\t') ? '\uFFFD' : c)));
        Console.Out.Flush();
    }

    private static string? ReadPrompt(ParseResult parsed)
    {
        string? prompt = parsed.GetValue(Prompt);
        string? file = parsed.GetValue(PromptFile);
        return prompt is not null && file is not null ? throw new UserException("--prompt and --prompt-file are two prompts. Give one.")
            : file is null ? prompt
            : TextFile.Read(file);
    }

    private static ulong ReadSeed(ParseResult parsed) =>
        parsed.GetValue(Seed) is not string text ? 0
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed) ? seed
        : throw new UserException($"--seed '{text}' is no whole number from 0 to {ulong.MaxValue}.");

    // A prompt begins a document, as in training: the end of another one stands before it.
    private static int[] Encode(ITokenizer tokenizer, string prompt)
    {
        ArrayBufferWriter<ushort> tokens = new();
        tokenizer.Encode(Encoding.UTF8.GetBytes(prompt), tokens);
        return [tokenizer.Separator, .. tokens.WrittenSpan.ToArray().Select(token => (int)token)];
    }

    private static int[] ReadNumbers(string? prompt, TrainedModel trained)
    {
        string[] words = (prompt ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0)
        {
            throw new UserException(
                "This model's tokens are no text, and it needs one to begin with. Give --prompt with token numbers, such as --prompt '3 "
                    + "40 41'."
            );
        }
        return
        [
            .. words.Select(word =>
                int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int token) && token < trained.Vocabulary
                    ? token
                    : throw new UserException(
                        $"--prompt: '{word}' is no token of this model, which are no text but numbers from 0 to {trained.Vocabulary - 1}."
                    )
            ),
        ];
    }
}
