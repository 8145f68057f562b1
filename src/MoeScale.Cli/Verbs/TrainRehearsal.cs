using MoeScale.Cli.Input;
using MoeScale.Cli.Output;
using MoeScale.Training.Data;
using MoeScale.Training.Data.Corpora;
using MoeScale.Training.Recipes;
using MoeScale.Training.Runs;

namespace MoeScale.Cli.Verbs;

/// <summary>What <c>train --dry-run</c> finds before the first step of a run: everything that the run itself would find there.</summary>
internal static class TrainRehearsal
{
    /// <summary>Reads what the run would read, and leaves nothing behind.</summary>
    /// <returns>The description of the text; null where the run is finished, and needs none.</returns>
    /// <exception cref="Basics.UserException">What would stop the run.</exception>
    public static string? Of(TrainQuestion question)
    {
        RunConfiguration configuration = question.Configuration;
        string? data = question.SharedData;
        if (Path.Exists(question.Out))
        {
            using RunFolder folder = RunFolder.Open(question.Out);
            configuration = question.ConfigurationAfter(folder.HasRun ? RunConfiguration.Read(folder.ConfigurationPath) : null);
            folder.Require(question.Model, configuration);
            if (folder.IsFinished && !question.IsTrunk)
            {
                return null;
            }
            // A run that has begun reads the tokens that it has.
            data ??= folder.HasRun ? folder.DataPath : null;
        }
        if (data is string made && PreparedCorpus.IsIn(made))
        {
            return Open(question, configuration, made);
        }
        string temporary = Directory.CreateTempSubdirectory("moescale-dry-run-").FullName;
        try
        {
            return Open(question, configuration, temporary);
        }
        finally
        {
            Directory.Delete(temporary, recursive: true);
        }
    }

    private static string Open(TrainQuestion question, RunConfiguration configuration, string folder)
    {
        using TrainWatch watch = new(question.Model, question.Threads);
        using TrainingData data = question.Open(folder, watch.Reading);
        watch.Clear();
        Trainer.Require(question.Model, configuration, data);
        return data.Description;
    }
}
