using MoeScale.Training.Data.Tokenizers;
using MoeScale.Training.Runs;
using MoeScale.Training.Sampling;

namespace MoeScale.Cli.Output;

/// <summary>The JSON of <c>sample</c>; docs/json.md explains each field.</summary>
internal sealed record SampleJson(
    string Model,
    bool Finished,
    string? Prompt,
    string? Text,
    IReadOnlyList<int> PromptTokens,
    IReadOnlyList<int> Tokens,
    bool Ended,
    int Window,
    double Temperature,
    int TopK,
    double TopP,
    ulong Seed,
    double Seconds
)
{
    public static SampleJson Of(
        TrainedModel trained,
        string? prompt,
        IReadOnlyList<int> start,
        IReadOnlyList<int> drawn,
        SamplingSettings settings,
        double seconds
    ) =>
        new(
            trained.Model.Name,
            trained.IsFinished,
            trained.Tokenizer is null ? null : prompt ?? "",
            trained.Tokenizer is null ? null : TokenText.Of(trained.Tokenizer, drawn),
            start,
            drawn,
            trained.Tokenizer is not null && drawn.Count > 0 && drawn[^1] == trained.Tokenizer.Separator,
            trained.Context,
            settings.Temperature,
            settings.TopK,
            settings.TopP,
            settings.Seed,
            seconds
        );
}
