using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Recipes;

namespace MoeScale.Training.Runs;

/// <summary>The folder of one run. It is locked while a program works in it, so that the same command twice at once does no harm.</summary>
public sealed class RunFolder : IDisposable
{
    /// <summary>Names of files in it, for messages; <see cref="ConfigurationIn"/> and others say where they are.</summary>
    public const string ConfigurationName = "run.json";

    /// <inheritdoc cref="ConfigurationName"/>
    public const string ModelName = "model.yaml";

    /// <inheritdoc cref="ConfigurationName"/>
    public const string WeightsName = "model.safetensors";

    /// <inheritdoc cref="ConfigurationName"/>
    public const string ResultName = "result.json";

    /// <inheritdoc cref="ConfigurationName"/>
    public const string RunsName = "runs.jsonl";

    /// <inheritdoc cref="ConfigurationName"/>
    public const string MetricsName = "metrics.jsonl";

    /// <inheritdoc cref="ConfigurationName"/>
    public const string RoutingName = "routing.jsonl";

    /// <inheritdoc cref="ConfigurationName"/>
    public const string ChoicesName = "choices.jsonl";

    private const string CheckpointName = "checkpoint";
    private const string DataName = "data";
    private const string LockName = "lock";
    private const string VocabularyName = "vocab.json";
    private const string MergesName = "merges.txt";
    private const string SweepName = "sweep.jsonl";

    private readonly FileLock _lock;

    private RunFolder(string path, FileLock @lock)
    {
        Location = path;
        _lock = @lock;
    }

    public string Location { get; }

    /// <summary>Tokens of texts that were read.</summary>
    public string DataPath => Path.Combine(Location, DataName);

    public string ConfigurationPath => ConfigurationIn(Location);

    /// <summary>Loss, rate and speed of each step.</summary>
    public string MetricsPath => MetricsIn(Location);

    /// <summary>What each router did in each step; of a model with experts.</summary>
    public string RoutingPath => RoutingIn(Location);

    /// <summary>Choices of routers on a probe; of a model with experts.</summary>
    public string ChoicesPath => ChoicesIn(Location);

    public string CheckpointPath => CheckpointIn(Location);

    public string WeightsPath => WeightsIn(Location);

    public string ResultPath => ResultIn(Location);

    /// <summary>What learning rates came to that were tried before the run.</summary>
    public string SweepPath => Path.Combine(Location, SweepName);

    public string ModelPath => ModelIn(Location);

    /// <summary>Whether a run has begun here.</summary>
    public bool HasRun => File.Exists(ConfigurationPath);

    /// <summary>Whether a run has ended here.</summary>
    public bool IsFinished => File.Exists(ResultPath);

    /// <summary>The result as it was written; a line of JSON.</summary>
    /// <exception cref="UserException">The file cannot be read, or is damaged.</exception>
    public string Result
    {
        get
        {
            string text = TextFile.Read(ResultPath);
            try
            {
                RunResult.Require(JsonText.Parse(text));
                return text;
            }
            catch (JsonException e)
            {
                throw new UserException(
                    $"{ResultPath} is damaged: {JsonText.Reason(e)}. Put it in order, or remove it to train the run again; "
                        + $"until then its weights stay in {WeightsPath}."
                );
            }
        }
    }

    /// <summary>Opens or makes a folder, for one program at a time.</summary>
    /// <exception cref="UserException">It cannot be made, another program works in it, or it holds something else.</exception>
    public static RunFolder Open(string path)
    {
        try
        {
            if (File.Exists(path))
            {
                throw new UserException($"{path} is a file; a folder is needed.");
            }
            string[] others =
                Directory.Exists(path) && !File.Exists(ConfigurationIn(path))
                    ? [.. Directory.EnumerateFileSystemEntries(path).Select(p => Path.GetFileName(p)!).Where(n => !IsOurs(n))]
                    : [];
            if (others.Length > 0)
            {
                throw new UserException($"{path} holds no run, but '{others[0]}'. Give a new folder.");
            }
            Directory.CreateDirectory(path);
            FileLock alone =
                FileLock.TryTake(LockIn(path), isRemoved: true)
                ?? throw new UserException($"{path} is in use: another program trains in it. Wait for it, or give another folder.");
            WholeFile.RemoveLeftOversIn(path);
            return new RunFolder(path, alone);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UserException($"{(path.Length == 0 ? "an empty name" : path)} cannot be made: {TextFile.Reason(e)}.");
        }
    }

    /// <summary>Whether another program trains in a folder; it need not exist.</summary>
    public static bool IsInUse(string path) => FileLock.IsHeld(LockIn(path));

    /// <summary>Fails if a run of another model or configuration has begun here.</summary>
    /// <exception cref="UserException">Names the difference.</exception>
    public void Require(Model model, RunConfiguration configuration)
    {
        if (!HasRun)
        {
            return;
        }
        string? difference =
            Difference(TextFile.Read(ModelPath), ModelFile.Write(model))
            ?? RunConfiguration.Read(ConfigurationPath).Difference(configuration);
        if (difference is not null)
        {
            throw new UserException(
                $"{Location} holds another run: {difference}. Give another folder, or the same settings to go on with that run."
            );
        }
    }

    /// <summary>Writes down what the run is, if it has not begun.</summary>
    /// <param name="model">Its model.</param>
    /// <param name="configuration">Everything else.</param>
    /// <param name="vocabularyFiles">vocab.json and merges.txt, which are copied; none for other tokenizers.</param>
    /// <exception cref="UserException">It cannot be written, or another run has begun here.</exception>
    public void Begin(Model model, RunConfiguration configuration, params IReadOnlyList<string> vocabularyFiles)
    {
        if (HasRun)
        {
            Require(model, configuration);
            return;
        }
        TextFile.WriteWhole(ModelPath, ModelFile.Write(model));
        if (vocabularyFiles is [string vocabulary, string merges])
        {
            TextFile.WriteWhole(VocabularyIn(Location), TextFile.Read(vocabulary));
            TextFile.WriteWhole(MergesIn(Location), TextFile.Read(merges));
        }
        // Last: its presence says that the others are whole.
        TextFile.WriteWhole(ConfigurationPath, configuration.ToJson());
    }

    public void Dispose() => _lock.Dispose();

    /// <summary>The folder of a trunk's branch.</summary>
    /// <param name="trunk">Folder of the trunk.</param>
    /// <param name="length">Of the branch, in tokens.</param>
    public static string BranchIn(string trunk, long length) => Path.Combine(trunk, "branches", Quantity.FormatCount(length));

    /// <summary>Everything about the run but its model; written last when it begins.</summary>
    public static string ConfigurationIn(string folder) => Path.Combine(folder, ConfigurationName);

    /// <summary>The model, as a model file.</summary>
    public static string ModelIn(string folder) => Path.Combine(folder, ModelName);

    /// <summary>See <see cref="RoutingPath"/>.</summary>
    public static string RoutingIn(string folder) => Path.Combine(folder, RoutingName);

    /// <summary>See <see cref="ChoicesPath"/>.</summary>
    public static string ChoicesIn(string folder) => Path.Combine(folder, ChoicesName);

    /// <summary>The weights at the end of the run.</summary>
    public static string WeightsIn(string folder) => Path.Combine(folder, WeightsName);

    /// <summary>See <see cref="MetricsPath"/>.</summary>
    public static string MetricsIn(string folder) => Path.Combine(folder, MetricsName);

    /// <summary>What came of the run; written last when it ends.</summary>
    public static string ResultIn(string folder) => Path.Combine(folder, ResultName);

    /// <summary>The results of a trunk's branches, a line each.</summary>
    /// <param name="trunk">Folder of the trunk.</param>
    public static string RunsIn(string trunk) => Path.Combine(trunk, RunsName);

    internal static string CheckpointIn(string folder) => Path.Combine(folder, CheckpointName);

    internal static string VocabularyIn(string folder) => Path.Combine(folder, VocabularyName);

    internal static string MergesIn(string folder) => Path.Combine(folder, MergesName);

    // What a run leaves that was stopped before it began, or failed there.
    private static bool IsOurs(string name) =>
        name
            is DataName
                or LockName
                or ModelName
                or VocabularyName
                or MergesName
                or SweepName
                or CheckpointName
                or CheckpointName + Checkpoint.NextEnding
                or CheckpointName + Checkpoint.OldEnding
        || name.EndsWith(".tmp", StringComparison.Ordinal);

    private static string LockIn(string folder) => Path.Combine(folder, LockName);

    private static string? Difference(string there, string here)
    {
        string[] old = there.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] now = here.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] gone = [.. old.Except(now)];
        string[] come = [.. now.Except(old)];
        return gone.Length + come.Length == 0 ? null : $"its model has {Lines(gone)}, and now {Lines(come)}";

        // The key that was changed may stand behind those that changed with it.
        static string Lines(string[] lines) =>
            lines.Length == 0
                ? "no such line"
                : string.Join(", ", lines.Take(4).Select(l => $"'{l}'")) + (lines.Length > 4 ? " and more" : "");
    }
}
