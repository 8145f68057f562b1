using MoeScale.Training.Runs;
using MoeScale.Training.Scoring;

namespace MoeScale.Cli.Output;

/// <summary>The JSON of <c>eval --text</c>; docs/json.md explains each field.</summary>
internal sealed record TextScoreJson(
    string Model,
    bool Finished,
    IReadOnlyList<string> Text,
    long Tokens,
    long? Bytes,
    double Loss,
    double Perplexity,
    double? BitsPerByte,
    double? Floor,
    int Window,
    double Stride,
    double Seconds
)
{
    public static TextScoreJson Of(TrainedModel trained, IReadOnlyList<string> paths, TextScore score, double? stride, double seconds) =>
        new(
            trained.Model.Name,
            trained.IsFinished,
            paths,
            score.Tokens,
            score.Bytes,
            score.Loss,
            score.Perplexity,
            score.BitsPerByte,
            score.Floor,
            trained.Context,
            stride ?? trained.Context,
            seconds
        );
}

/// <summary>The JSON of <c>eval --choices</c>.</summary>
internal sealed record ChoiceScoreJson(
    string Model,
    bool Finished,
    string Choices,
    int Questions,
    double Accuracy,
    double? AccuracySe,
    double AccuracyPerByte,
    double? AccuracyPerByteSe,
    double Chance,
    int Cut,
    int Window,
    double Seconds,
    IReadOnlyList<AnswerJson> Answers
)
{
    public static ChoiceScoreJson Of(TrainedModel trained, string path, ChoiceScore score, double seconds) =>
        new(
            trained.Model.Name,
            trained.IsFinished,
            path,
            score.Results.Count,
            score.Accuracy,
            score.StandardError,
            score.AccuracyPerByte,
            score.StandardErrorPerByte,
            score.Chance,
            score.Cut,
            trained.Context,
            seconds,
            [
                .. score.Results.Select(r => new AnswerJson(
                    r.Item.Line,
                    r.Item.Answer,
                    r.Choice,
                    r.ChoicePerByte,
                    r.Scores,
                    r.ScoresPerByte,
                    r.IsCut
                )),
            ]
        );
}

/// <summary>What was made of one question.</summary>
internal sealed record AnswerJson(
    long Line,
    int Answer,
    int Choice,
    int ChoicePerByte,
    IReadOnlyList<double> Scores,
    IReadOnlyList<double> ScoresPerByte,
    bool Cut
);
