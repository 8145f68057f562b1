using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Data;
using MoeScale.Training.Recipes;
using MoeScale.Training.Runs;

namespace MoeScale.Cli.Input;

/// <summary>What <c>train</c> is to do, checked as far as it can be without reading the text.</summary>
internal sealed record TrainQuestion
{
    private const double SweepShare = 0.1;

    public required string Out { get; init; }

    /// <summary>Where tokens of texts are kept that other runs read too; null for the folder of the run.</summary>
    public string? SharedData { get; init; }

    public required Model Model { get; init; }

    public required RunText Text { get; init; }

    /// <summary>Where the rate is swept, that with which the sweep begins.</summary>
    public required RunConfiguration Configuration { get; init; }

    /// <summary>What settings are called where the user gave them: options, or keys of a file.</summary>
    public required Terms Terms { get; init; }

    /// <summary>Why the learning rate is what it is, for people.</summary>
    public required string RateReason { get; init; }

    /// <summary>Of a short run of a sweep.</summary>
    public required long SweepTokens { get; init; }

    public required double DecayShare { get; init; }

    public required int Threads { get; init; }

    public required CheckpointRule Checkpoints { get; init; }

    /// <summary>Bytes of all tensors.</summary>
    public required double TensorBytes { get; init; }

    public bool IsSwept => Configuration.LearningRateFrom == TrainRate.Swept;

    public bool IsTrunk => Configuration.Branches.Count > 0;

    /// <summary>The text of the run, opened; see <see cref="RunData.Open"/>.</summary>
    public TrainingData Open(string folder, Action<long>? progress) =>
        RunData.Open(Configuration, Model, Text.Tokenizer, folder, progress: progress);

    /// <summary>The configuration in a folder where a run has begun: what was swept then is swept no more.</summary>
    /// <param name="begun">Of that run; null where none has.</param>
    public RunConfiguration ConfigurationAfter(RunConfiguration? begun) =>
        IsSwept && begun?.LearningRateFrom == TrainRate.Swept ? Configuration with { LearningRate = begun.LearningRate } : Configuration;

    /// <exception cref="UserException">Something is missing, contradicts something else, or cannot be done on this machine.</exception>
    public static TrainQuestion Read(ParseResult parsed)
    {
        string folder =
            parsed.GetValue(TrainArguments.Out) ?? throw new UserException("nothing says where the run is to be kept. Give --out FOLDER.");
        TrainFile? file = TrainFile.Read(parsed);
        RunText text = file is null ? RunText.Of(TrainArguments.GivenText(parsed)) : file.Text();
        Model model = file is null ? TrainModel.Read(parsed, text.VocabularySize) : file.Model(text.VocabularySize);
        TrainRate rate = TrainRate.Read(parsed, model);
        RecipeSource options = RecipeOptions.Source(parsed, model, () => rate.Default);
        Recipe recipe = file is null ? Recipe.Read(options) : Beside(file.Recipe(model, () => rate.Default), options);
        int threads = (int)(Options.Whole(parsed, TrainArguments.Threads, Options.MaxThreads) ?? Environment.ProcessorCount);
        RunConfiguration configuration = text.Fill(recipe.Run);
        return new TrainQuestion
        {
            Out = folder,
            SharedData = parsed.GetValue(TrainArguments.Data),
            Model = model,
            Text = text,
            Configuration = configuration,
            Terms = file is null ? CommandTerms.All : ConfigTerms.All,
            RateReason = configuration.LearningRateFrom == "given" ? "as given" : rate.Reason,
            SweepTokens = (long)(Options.Positive(parsed, TrainArguments.SweepTokens) ?? (SweepShare * configuration.Tokens)),
            DecayShare = recipe.DecayShare,
            Threads = threads,
            Checkpoints = recipe.Checkpoints,
            TensorBytes = file is null
                ? Trainer.RequireMemory(model, configuration, threads)
                : file.RequireMemory(model, configuration, threads),
        };
    }

    // How often a checkpoint is written changes no bit, so the command may say it of any file.
    private static Recipe Beside(Recipe ofFile, RecipeSource options) =>
        RecipeSettings.CheckpointSteps.Read(RecipeSettings.CheckpointSeconds.Read(ofFile, options), options);
}
