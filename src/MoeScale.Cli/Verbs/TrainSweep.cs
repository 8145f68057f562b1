using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Cli.Input;
using MoeScale.Cli.Output;
using MoeScale.Models;
using MoeScale.Training.Data;
using MoeScale.Training.Recipes;
using MoeScale.Training.Runs;
using MoeScale.Training.Transformers;

namespace MoeScale.Cli.Verbs;

/// <summary>
/// <c>train --sweep-lr</c>: short runs at several rates before the run; sweep.jsonl keeps them, so that none is made twice.
/// </summary>
internal static class TrainSweep
{
    /// <summary>Whether rates were tried for a run that has not begun.</summary>
    public static bool HasBegun(RunFolder folder) => File.Exists(folder.SweepPath);

    /// <summary>The best rate; null where all diverged, or the user asked to stop.</summary>
    public static double? Run(TrainQuestion question, RunFolder folder, TrainingData data, TrainWatch watch, bool asJson)
    {
        string path = folder.SweepPath;
        RunConfiguration shortRun = RateSweep.Short(
            question.Configuration,
            question.SweepTokens,
            question.DecayShare,
            Transformer.GroupOf(question.Model)
        );
        // Rates that were tried with other settings say nothing.
        string key = Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes(ModelFile.Write(question.Model) + shortRun.ToJson()))[..8]
        );
        List<SweptRate> known = Read(path, key);
        watch.Stage("sweep");
        IReadOnlyList<SweptRate> rates = RateSweep.Run(
            question.Model,
            shortRun,
            data,
            question.Threads,
            known,
            result =>
            {
                known.Add(result);
                TextFile.WriteWhole(path, string.Concat(known.Select(k => Line(k, key))));
                watch.Stage(FormattableString.Invariant($"sweep, {known.Count} done"));
            },
            step => watch.Report(step, shortRun.Tokens),
            watch.Token
        );
        if (watch.Token.IsCancellationRequested)
        {
            return null;
        }
        double? best = RateSweep.Best(rates);
        if (!asJson)
        {
            watch.Clear();
            TrainPage.WriteSweep(rates, best, shortRun.Tokens);
        }
        return best;
    }

    private static string Line(SweptRate rate, string key)
    {
        string loss = rate.Loss?.ToString("R", CultureInfo.InvariantCulture) ?? "null";
        return FormattableString.Invariant($"{{\"learning_rate\":{rate.Rate:R},\"loss\":{loss},\"of\":\"{key}\"}}\n");
    }

    private static List<SweptRate> Read(string path, string key)
    {
        return File.Exists(path) ? [.. TextFile.Read(path).Split('\n').Where(l => l.Contains($"\"{key}\"")).Select(Parse)] : [];

        SweptRate Parse(string line)
        {
            try
            {
                JsonElement json = JsonText.Parse(line);
                double rate = JsonText.Number(json, "learning_rate");
                bool isExploded = json.TryGetProperty("loss", out JsonElement loss) && loss.ValueKind == JsonValueKind.Null;
                return rate is > 0 and <= RecipeLimits.HighestRate
                    ? new SweptRate(rate, isExploded ? null : JsonText.Number(json, "loss"))
                    : throw new JsonException();
            }
            catch (JsonException)
            {
                throw new UserException($"{path} is damaged. Remove it, and the sweep is made again.");
            }
        }
    }
}
