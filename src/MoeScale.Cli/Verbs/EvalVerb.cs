using System.CommandLine;
using System.Diagnostics;
using MoeScale.Basics;
using MoeScale.Cli.Input;
using MoeScale.Cli.Output;
using MoeScale.Training;
using MoeScale.Training.Data;
using MoeScale.Training.Data.Corpora;
using MoeScale.Training.Data.Tokenizers;
using MoeScale.Training.Data.Tokens;
using MoeScale.Training.Runs;
using MoeScale.Training.Scoring;

namespace MoeScale.Cli.Verbs;

/// <summary><c>moescale eval</c>: how well a trained model predicts a text, or answers questions.</summary>
internal static class EvalVerb
{
    private const string Synthetic = TokenizerKinds.Synthetic;
    private const double MaxTokens = 1e15;

    private static readonly Option<string[]> Text = new("--text")
    {
        HelpName = "PATH",
        AllowMultipleArgumentsPerToken = true,
        Description = "Text to score: files and folders, one .bin of tokens, dotnet-docs, or synthetic.",
    };
    private static readonly Option<string> Field = new("--field")
    {
        HelpName = "NAME",
        Description = "Field of a JSON line that is the document. Default text.",
    };
    private static readonly Option<string> TokenType = new("--token-type") { HelpName = "TYPE", Description = "Of a .bin, as in train." };
    private static readonly Option<string> Separator = new("--separator") { HelpName = "ID", Description = "Of a .bin, as in train." };
    private static readonly Option<string> HeldOut = new("--held-out")
    {
        HelpName = "SHARE",
        Description = "Score only documents that 'moescale train' holds out with this share, such as 0.05.",
    };
    private static readonly Option<string> Tokens = new("--tokens")
    {
        HelpName = "N",
        Description = "Score the first N tokens only, in the order of files and lines. Default: all; 262144 of synthetic text.",
    };
    private static readonly Option<string> Stride = new("--stride")
    {
        HelpName = "N",
        Description = "Begin a window every N tokens, and score what none before it did. Default: side by side.",
    };
    private static readonly Option<string> Choices = new("--choices")
    {
        HelpName = "FILE",
        Description = "Answer the multiple-choice questions of a JSON Lines file instead.",
    };
    private static readonly Option<bool> AsJson = new("--json")
    {
        Description = "Print JSON, with every question; docs/json.md explains the fields.",
    };

    public static Command Create()
    {
        Command command = new("eval", "Score a trained model on a text, or on multiple-choice questions.") { TrainedRun.Folder };
        foreach (
            Option option in (Option[])[Text, Field, TokenType, Separator, HeldOut, Tokens, Stride, Choices, TrainedRun.Threads, AsJson]
        )
        {
            command.Options.Add(option);
        }
        Help.AddExamples(
            command,
            [
                "moescale eval runs/my-run --text my-corpus --held-out 0.05",
                "moescale eval runs/my-run --text dotnet-docs --tokens 100k --stride 128",
                "moescale eval runs/my-run --choices hellaswag.jsonl --json",
            ]
        );
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        string[] paths = parsed.GetValue(Text) ?? [];
        string? questions = parsed.GetValue(Choices);
        if (paths.Length == 0 == questions is null)
        {
            throw new UserException(
                questions is null
                    ? "nothing says what to score. Give --text with files or folders, --text dotnet-docs, or --choices with a file of "
                        + "questions."
                    : "--text and --choices are two measures. Give one after the other."
            );
        }
        return questions is null ? ScoreText(parsed, paths) : Answer(parsed, questions);
    }

    private static TokenReading Reading(ParseResult parsed, string[] paths)
    {
        GivenText given = new(setting =>
            setting == TrainSettings.TokenType ? parsed.GetValue(TokenType)
            : setting == TrainSettings.Separator ? parsed.GetValue(Separator)
            : null
        )
        {
            Paths = paths,
            HeldOut = null,
        };
        return given.WrongReading() is TextFault fault ? throw new UserException(fault.Complaint) : given.Reading;
    }

    private static int ScoreText(ParseResult parsed, string[] paths)
    {
        bool alone = paths.Any(p => p is Synthetic or CorpusRequest.DotnetDocs || TokenFile.IsNamedSo(p));
        bool isTokens = paths is [var only] && TokenFile.IsNamedSo(only);
        if (alone && paths.Length > 1)
        {
            throw new UserException(
                $"--text {string.Join(" ", paths)}: a file of tokens, dotnet-docs and synthetic are scored alone. Give one of them, or "
                    + $"other files."
            );
        }
        if ((isTokens || paths is [Synthetic]) && parsed.GetResult(HeldOut) is not null)
        {
            throw new UserException($"--held-out chooses documents of texts; --text {paths[0]} is scored as it stands. Leave it out.");
        }
        if (paths is [Synthetic] && parsed.GetResult(Stride) is not null)
        {
            throw new UserException("--stride makes no sense for --text synthetic, whose sequences are independent. Leave it out.");
        }
        CorpusRequest request = new()
        {
            Paths = paths,
            HeldOutShare = ReadShare(parsed),
            Field = parsed.GetValue(Field) ?? CorpusRequest.DefaultField,
        };
        TokenReading reading = Reading(parsed, paths);
        double? stride = Options.Whole(parsed, Stride, MaxTokens);
        TrainedModel trained = TrainedRun.Open(parsed);
        Stopwatch watch = Stopwatch.StartNew();
        TextScore score;
        using (ProgressLine progress = new())
        {
            TextEvaluation evaluation = new()
            {
                Threads = TrainedRun.ThreadCount(parsed),
                Stride = (int)Math.Min(stride ?? 0, int.MaxValue),
                Tokens = (long)(Options.Whole(parsed, Tokens, MaxTokens) ?? 0),
                Progress = tokens =>
                    progress.Report(
                        $"moescale: {Plural.Of(Figures.Exact(tokens), "token")}, {tokens / watch.Elapsed.TotalSeconds:#,0} a second"
                    ),
            };
            score =
                paths is [Synthetic] ? evaluation.ScoreSynthetic(trained)
                : isTokens ? ScoreTokens(evaluation, trained, paths[0], reading)
                : evaluation.Score(trained, request);
        }
        if (parsed.GetValue(AsJson))
        {
            Json.Write(TextScoreJson.Of(trained, paths, score, stride, watch.Elapsed.TotalSeconds));
            return 0;
        }
        TrainedRun.WriteModel(trained);
        EvalPage.Write(paths, score);
        return 0;
    }

    private static TextScore ScoreTokens(TextEvaluation evaluation, TrainedModel trained, string path, TokenReading reading)
    {
        using TokenFile file = TokenFile.Open(path, reading.Type);
        return evaluation.Score(trained, file, reading);
    }

    private static int Answer(ParseResult parsed, string path)
    {
        foreach (Option option in (Option[])[Field, TokenType, Separator, HeldOut, Tokens, Stride])
        {
            if (parsed.GetResult(option) is not null)
            {
                throw new UserException($"{option.Name} belongs to --text. Leave it out with --choices.");
            }
        }
        int threads = TrainedRun.ThreadCount(parsed);
        TrainedModel trained = TrainedRun.Open(parsed);
        IReadOnlyList<ChoiceItem> items = ChoiceFile.Read(path);
        Stopwatch watch = Stopwatch.StartNew();
        ChoiceScore score;
        using (ProgressLine progress = new())
        {
            score = new ChoiceEvaluation
            {
                Threads = threads,
                Progress = share => progress.Report($"moescale: {Plural.Of(items.Count, "question")}, {100 * share:0} %"),
            }.Score(trained, items);
        }
        if (parsed.GetValue(AsJson))
        {
            Json.Write(ChoiceScoreJson.Of(trained, path, score, watch.Elapsed.TotalSeconds));
            return 0;
        }
        TrainedRun.WriteModel(trained);
        EvalPage.Write(path, score);
        return 0;
    }

    private static double ReadShare(ParseResult parsed) =>
        parsed.GetValue(HeldOut) is not string text ? 0
        : Quantity.TryParseCount(text, out double share) && share is > 0 and < 1 ? share
        : throw new UserException(
            $"--held-out '{text}' is no share; it takes more than 0 and less than 1, such as 0.05. A text that was held out whole is "
                + $"scored with --text."
        );
}
