using System.CommandLine;
using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Cli.Output;
using MoeScale.Models;
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
            return Answer([folder.Result], asJson, isNew: false, question.Out);
        }
        if (begun is null && !TrainSweep.HasBegun(folder) && question.SharedData is null)
        {
            // An attempt that failed, perhaps for want of text, read them as they were then.
            PreparedCorpus.Forget(folder.DataPath);
        }
        using TrainWatch watch = new(question.Model, question.Threads);
        using TrainingData data = question.Text.Open(
            question.Model,
            question.SharedData ?? folder.DataPath,
            question.DataSettings,
            watch.Reading
        );
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
        return question.IsTrunk
            ? RunTrunk(question, configuration, folder, data, watch, asJson)
            : RunOne(question, configuration, folder, data, watch, asJson);
    }

    private static int RunOne(
        TrainQuestion question,
        RunConfiguration configuration,
        RunFolder folder,
        TrainingData data,
        TrainWatch watch,
        bool asJson
    )
    {
        (int code, string? result) = Train(question, configuration, folder, data, watch);
        watch.Clear();
        return result is null ? code : Answer([result], asJson, isNew: true, folder.Location);
    }

    private static int RunTrunk(
        TrainQuestion question,
        RunConfiguration configuration,
        RunFolder folder,
        TrainingData data,
        TrainWatch watch,
        bool asJson
    )
    {
        Trunk trunk = new(folder, question.Model, configuration, question.DecayShare);
        string table = Path.Combine(folder.Location, "runs.jsonl");
        watch.Stage("trunk");
        if (!trunk.Lengths.All(l => File.Exists(Path.Combine(trunk.BranchPath(l), "result.json"))))
        {
            using TrainingRun run = new(folder, question.Model, configuration, data, question.Threads, question.Checkpoints);
            Tell(run, configuration, watch);
            (RunEnd end, string? failure) = trunk.Grow(
                run,
                step => watch.Report(step, trunk.Leaves(trunk.Lengths[^1]), run.RouterHealth),
                watch.Token
            );
            if (end != RunEnd.Reached)
            {
                return Ended(end, run, failure, folder, watch);
            }
        }
        List<string> results = [];
        foreach (long length in trunk.Lengths)
        {
            watch.Stage($"branch {Quantity.FormatCount(length)}");
            using RunFolder branch = RunFolder.Open(trunk.BranchPath(length));
            (int code, string? result) = branch.IsFinished
                ? (0, branch.Result)
                : Train(question, trunk.Branch(length), branch, data, watch);
            if (result is null)
            {
                return code;
            }
            results.Add(result);
        }
        TextFile.WriteWhole(table, string.Concat(results));
        watch.Clear();
        return Answer(results, asJson, isNew: true, folder.Location);
    }

    private static (int Code, string? Result) Train(
        TrainQuestion question,
        RunConfiguration configuration,
        RunFolder folder,
        TrainingData data,
        TrainWatch watch
    )
    {
        using TrainingRun run = new(folder, question.Model, configuration, data, question.Threads, question.Checkpoints);
        Tell(run, configuration, watch);
        RunEnd end = run.RunUntil(double.PositiveInfinity, step => watch.Report(step, configuration.Tokens, run.RouterHealth), watch.Token);
        return end == RunEnd.Reached ? (0, run.Finish().ToJson()) : (Ended(end, run, run.Trainer.Failure, folder, watch), null);
    }

    private static void Tell(TrainingRun run, RunConfiguration configuration, TrainWatch watch)
    {
        // A branch always begins at a checkpoint, that of its trunk.
        if (run.IsResumed && configuration.Trunk.Length == 0)
        {
            watch.Say($"goes on after step {run.Steps} ({Plural.Of(run.Trainer.Tokens, "token")}).");
        }
        if (run.HasOtherVectors)
        {
            watch.Say(
                "the checkpoint was computed with other vector instructions than this processor's; the last bits will differ from a run on one machine."
            );
        }
    }

    private static int Ended(RunEnd end, TrainingRun run, string? failure, RunFolder folder, TrainWatch watch)
    {
        (long step, long tokens) = (run.Steps, run.Trainer.Tokens);
        if (end == RunEnd.Stopped)
        {
            return Stopped(watch, $"after step {step} ({Plural.Of(tokens, "token")})");
        }
        string kept = run.SavedStep > 0 ? $" The checkpoint of step {run.SavedStep} is kept in {folder.Location}." : "";
        return No(watch, $"step {step + 1}: {failure}.{kept} Lower --lr or --clip, or raise --warmup, in another --out.");
    }

    private static int Stopped(TrainWatch watch, string where) => No(watch, $"stopped {where}; the same command goes on from there.");

    private static int No(TrainWatch watch, string reason)
    {
        Console.Out.Flush();
        watch.Say(reason);
        return 1;
    }

    private static int Answer(IReadOnlyList<string> results, bool asJson, bool isNew, string folder)
    {
        JsonElement[] all = [.. results.Select(r => JsonDocument.Parse(r).RootElement)];
        if (!asJson)
        {
            TrainPage.WriteResults(all, isNew, folder);
            (Model model, IReadOnlyList<RouterFinding> findings) = RouterReport.FindingsIn(folder);
            RouterPage.WriteFindings(model, findings, tellsHealth: false);
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
