using System.CommandLine;
using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Cli.Input;
using MoeScale.Cli.Output;
using MoeScale.Models;
using MoeScale.Reporting;
using MoeScale.Training;
using MoeScale.Training.Data;
using MoeScale.Training.Data.Corpora;
using MoeScale.Training.Diagnostics;
using MoeScale.Training.Recipes;
using MoeScale.Training.Runs;

namespace MoeScale.Cli.Verbs;

/// <summary><c>moescale train</c>: one run, or a trunk and its branches, in a folder from which the same command goes on.</summary>
internal static class TrainVerb
{
    public static Command Create()
    {
        Command command = new(
            "train",
            "Train a language model on this machine, dense or with experts. The same command again goes on where it was stopped."
        );
        foreach (Option option in TrainArguments.All)
        {
            command.Options.Add(option);
        }
        Help.AddExamples(
            command,
            [
                "moescale train --family joint-2025 --d-model 64 --context 64 --text synthetic --tokens 100k --out runs/a",
                "moescale train --family joint-2025 --d-model 64 --experts 8 --context 64 --text synthetic --tokens 100k --out runs/moe",
                "moescale train --model my-model.yaml --text my-corpus/ --tokens 20M --out runs/tiny",
                "moescale train --model my-model.yaml --text my-corpus/ --tokens 20M --sweep-lr --out runs/swept",
                "moescale train --model my-model.yaml --text my-corpus/ --branches 1M,2M,4M --out runs/trunk",
                "moescale train --family joint-2025 --d-model 128 --text dotnet-docs --tokens 2M --out runs/docs --dry-run",
                "moescale train --report runs/a",
            ]
        );
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        if (TrainReport.IsAsked(parsed))
        {
            return TrainReport.Run(parsed);
        }
        TrainQuestion question = TrainQuestion.Read(parsed);
        try
        {
            return Run(parsed, question);
        }
        catch (UserException e)
        {
            throw e.In(question.Terms);
        }
    }

    private static int Run(ParseResult parsed, TrainQuestion question)
    {
        bool asJson = parsed.GetValue(TrainArguments.AsJson);
        if (parsed.GetValue(TrainArguments.DryRun))
        {
            TrainPage.WriteQuestion(question, question.Configuration, TrainRehearsal.Of(question));
            return 0;
        }
        using RunFolder folder = RunFolder.Open(question.Out);
        RunConfiguration? begun = folder.HasRun ? RunConfiguration.Read(folder.ConfigurationPath) : null;
        RunConfiguration configuration = question.ConfigurationAfter(begun);
        folder.Require(question.Model, configuration);
        if (folder.IsFinished && !question.IsTrunk)
        {
            return Answer(question, [folder.Result], asJson, isNew: false, question.Out);
        }
        if (begun is null && !TrainSweep.HasBegun(folder) && question.SharedData is null)
        {
            // An attempt that failed, perhaps for want of text, read them as they were then.
            PreparedCorpus.Invalidate(folder.DataPath);
        }
        using TrainWatch watch = new(question.Model, question.Threads);
        using TrainingData data = question.Open(question.SharedData ?? folder.DataPath, watch.Reading);
        Trainer.Require(question.Model, configuration, data);
        if (question.IsSwept && begun is null)
        {
            if (TrainSweep.Run(question, folder, data, watch, asJson) is not double rate)
            {
                return watch.Token.IsCancellationRequested
                    ? Stopped(watch, "in the sweep")
                    : No(watch, "the loss explodes at every rate that was tried. Lower --init-scale or --clip, or give --lr.");
            }
            configuration = configuration with { LearningRate = rate };
        }
        folder.Begin(question.Model, configuration, question.Text.VocabularyFiles);
        watch.Clear();
        if (!asJson)
        {
            TrainPage.WriteQuestion(question, configuration, data.Description);
            Console.Out.Flush();
        }
        TrainingJob job = new(folder, question.Model, configuration, question.DecayShare, data, question.Threads, question.Checkpoints)
        {
            StageBegins = length => watch.Stage(length is long branch ? $"branch {Quantity.FormatCount(branch)}" : "trunk"),
            RunBegins = run => Tell(run, watch),
            StepMade = (run, step, tokens) => watch.Report(step, tokens, run.RouterHealth),
        };
        JobEnd end = job.Run(watch.Token);
        watch.Clear();
        return end.Stop is JobStop stop
            ? Ended(question, stop, folder, watch)
            : Answer(question, end.Results, asJson, isNew: true, folder.Location);
    }

    private static void Tell(TrainingRun run, TrainWatch watch)
    {
        // A branch always begins at a checkpoint, that of its trunk.
        if (run.IsResumed && run.Trainer.Configuration.Trunk.Length == 0)
        {
            watch.Say($"goes on after step {run.Steps} ({Plural.Of(run.Trainer.Tokens, "token")}).");
        }
        if (run.HasOtherVectors)
        {
            watch.Say(
                "the checkpoint was computed with other vector instructions than this processor's; the last bits will differ from a run "
                    + "on one machine."
            );
        }
    }

    private static int Ended(TrainQuestion question, JobStop stop, RunFolder folder, TrainWatch watch)
    {
        if (stop.Divergence is null)
        {
            return Stopped(watch, $"after step {stop.Steps} ({Plural.Of(stop.Tokens, "token")})");
        }
        string kept = stop.SavedStep > 0 ? $" The checkpoint of step {stop.SavedStep} is kept in {folder.Location}." : "";
        Phrase cure =
            $"Lower {RecipeSettings.LearningRate.Name} or {RecipeSettings.Clip.Name}, or raise {RecipeSettings.Warmup.Name}, in another "
            + $"{TrainSettings.Out}.";
        Phrase told = $"step {stop.Steps + 1}: {DivergenceWords.Of(stop.Divergence!)}.{kept} {cure}";
        return No(watch, told.Say(question.Terms));
    }

    private static int Stopped(TrainWatch watch, string where) => No(watch, $"stopped {where}; the same command goes on from there.");

    private static int No(TrainWatch watch, string reason)
    {
        Console.Out.Flush();
        watch.Say(reason);
        return 1;
    }

    private static int Answer(TrainQuestion question, IReadOnlyList<string> results, bool asJson, bool isNew, string folder)
    {
        JsonElement[] all = [.. results.Select(r => JsonDocument.Parse(r).RootElement)];
        if (!asJson)
        {
            TrainPage.WriteResults(all, isNew, folder);
            (Model model, IReadOnlyList<RouterFinding> findings) = RouterReport.FindingsIn(folder);
            RouterPage.WriteFindings(model, findings, question.Terms, tellsHealth: false);
        }
        else if (all is [JsonElement only])
        {
            Json.Write(only);
        }
        else
        {
            Json.Write<IReadOnlyList<JsonElement>>(all);
        }
        return 0;
    }
}
