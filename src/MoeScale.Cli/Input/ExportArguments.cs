using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Exchange.Export;
using MoeScale.Exchange.Export.Targets;
using MoeScale.Models;
using MoeScale.Planning.Hardware;
using MoeScale.Training.Recipes;

namespace MoeScale.Cli.Input;

/// <summary>The options of <c>export</c>, and of <c>plan --export</c>.</summary>
internal static class ExportArguments
{
    private const double MaxDevices = 1e7;
    private const int DefaultGpusPerNode = 8;

    private static readonly string Known = string.Join(", ", ExportTargets.All.Select(t => t.Name));

    /// <summary>What laws can be written in, in the order of the help.</summary>
    public static IReadOnlyList<string> LawLanguages { get; } = ["python", "latex", "json", "bibtex"];

    /// <summary>What models or laws can be written for.</summary>
    public static IReadOnlyList<string> Targets { get; } = [.. ExportTargets.All.Select(t => t.Name), .. LawLanguages];

    public static readonly Argument<string[]> What = new("WHAT")
    {
        Arity = ArgumentArity.OneOrMore,
        Description =
            "A model (of the catalog, a model file, a config.json), the folder of a run, a cell of a study (study.yaml:CELL), or what "
            + "plan --json printed; or laws, by id or path.",
    };
    public static readonly Option<string> To = new("--to")
    {
        HelpName = "TARGET",
        Description = $"What to write for: {Known}; laws for {string.Join(", ", LawLanguages)}.",
    };
    public static readonly Option<string> OfPlan = new("--export")
    {
        HelpName = "TARGET",
        Description = $"Write the best model and its training for {Known}; export --help has the options.",
    };
    public static readonly Option<string> Out = new("--out")
    {
        HelpName = "PATH",
        Description = "The file to write, or for hf the folder. Default: a single text is printed.",
    };
    private static readonly Option<string> ContextParallel = new("--context-parallel", "--cp")
    {
        HelpName = "N",
        Description = "Ranks that divide a sequence for attention. Default 1.",
    };
    private static readonly Option<string> Gpus = new("--gpus")
    {
        HelpName = "N",
        Description = "Devices in all, 64 or 64xH100, which data ranks fill.",
    };
    private static readonly Option<string> GpusPerNode = new("--gpus-per-node")
    {
        HelpName = "N",
        Description = $"Devices of one machine. Default {DefaultGpusPerNode}.",
    };
    private static readonly Option<string> DataPath = new("--data-path")
    {
        HelpName = "PATH",
        Description = "Tokens to train on, as the target reads them. Default: asked for when the script runs.",
    };
    private static readonly Option<string> Tokenizer = new("--tokenizer")
    {
        HelpName = "NAME",
        Description = "A tokenizer of Hugging Face, or none. Default: the run's, or asked for when the script runs.",
    };
    private static readonly Option<bool> Sbatch = new("--sbatch") { Description = "Write a script for Slurm." };

    // A setting that every model needs anew has a default in train alone.
    private static readonly (Option<string> Option, RecipeSetting Setting)[] Recipe =
    [
        .. ExportSettings.OfRecipe.Select(s =>
            (
                new Option<string>(s.Option)
                {
                    HelpName = s.Unit,
                    Description = (s.DefaultRule is null ? s.Description : s.Help).Say(CommandTerms.All),
                },
                s
            )
        ),
    ];

    private static readonly (Option Option, Setting Setting)[] Engine =
    [
        (ContextParallel, ExportSettings.ContextParallel),
        (GpusPerNode, ExportSettings.GpusPerNode),
        (DataPath, ExportSettings.DataPath),
        (Tokenizer, ExportSettings.Tokenizer),
        (Sbatch, ExportSettings.Sbatch),
    ];

    /// <summary>In the order of the help.</summary>
    public static IReadOnlyList<Option> All { get; } =
    [To, Out, .. Recipe.Select(r => r.Option), Gpus, .. TrainingOptions.OfExports.Select(o => o.Option), .. Engine.Select(e => e.Option)];

    /// <summary>Those that <c>plan</c> has beside its own, which lay training out too and say how many tokens.</summary>
    public static IReadOnlyList<Option> BesidePlan { get; } =
    [
        OfPlan,
        .. Recipe.Where(r => r.Setting == RecipeSettings.BatchTokens || r.Setting == RecipeSettings.LearningRate).Select(r => r.Option),
        .. Engine.Select(e => e.Option),
    ];

    /// <summary>
    /// The name of an option of <see cref="BesidePlan"/> that was given and means nothing without the first; null if none was.
    /// </summary>
    public static string? LooseBesidePlan(ParseResult parsed) =>
        BesidePlan.Skip(1).FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false })?.Name;

    /// <summary>The language that laws are to be written in; null where the target is one of models.</summary>
    /// <exception cref="UserException">There is no such target, or an option has no effect on it.</exception>
    public static string? ReadLawLanguage(ParseResult parsed)
    {
        if (parsed.GetValue(To) is not string name || ExportTargets.All.Any(t => t.Name == name))
        {
            return null;
        }
        if (!LawLanguages.Contains(name))
        {
            throw new UserException($"{To.Name} '{name}' is not known{Guess.Hint(name, Targets)}. Known are {string.Join(", ", Targets)}.");
        }
        RefuseIdle(parsed, name, []);
        return name;
    }

    /// <summary>The one thing to export.</summary>
    /// <exception cref="UserException">Several are given.</exception>
    public static string ReadWhat(ParseResult parsed) =>
        parsed.GetValue(What)! is [string what]
            ? what
            : throw new UserException("One model is exported at a time; only laws can be several. Leave out all but one.");

    /// <summary>The target that is named.</summary>
    /// <exception cref="UserException">None is, there is no such one, or an option has no effect on it.</exception>
    public static ExportTarget ReadTarget(ParseResult parsed, Option<string> option)
    {
        string name =
            parsed.GetValue(option)
            ?? throw new UserException(
                $"{option.Name} says what to export for: {Known}, and laws for {string.Join(", ", LawLanguages)}. Give it."
            );
        ExportTarget target = ExportTargets.Named(name);
        RefuseIdle(parsed, target.Name, target.Settings);
        return target;
    }

    private static void RefuseIdle(ParseResult parsed, string target, IReadOnlyList<Setting> settings)
    {
        (Option Option, Setting Setting) idle = Recipe
            .Select(r => ((Option)r.Option, r.Setting.Name))
            .Concat(TrainingOptions.OfExports)
            .Concat(Engine)
            .Append((Gpus, ExportSettings.Gpus))
            .FirstOrDefault(o => parsed.GetResult(o.Item1) is { Implicit: false } && !settings.Contains(o.Item2));
        if (idle.Option is not null)
        {
            throw new UserException($"{idle.Option.Name} has no effect on an export to {target}. Leave it out.");
        }
    }

    /// <summary>The subject with its run, if the target has training.</summary>
    /// <exception cref="UserException">Something that is needed is missing, or cannot be.</exception>
    public static ExportSubject Complete(ParseResult parsed, ExportTarget target, ExportSubject subject, ExportOptions options)
    {
        if (!target.HasTraining)
        {
            return subject;
        }
        Dictionary<string, string> given = Recipe
            .Where(r => parsed.GetValue(r.Option) is not null)
            .ToDictionary(r => r.Setting.Key, r => parsed.GetValue(r.Option)!);
        if (parsed.GetValue(TrainingOptions.MicroBatch) is string micro)
        {
            given[RecipeSettings.MicroBatch.Key] = micro;
        }
        return ExportRecipe.Complete(
            subject,
            given,
            (int?)Options.Whole(parsed, TrainingOptions.Sequence, RecipeLimits.LongestContext),
            options.Layout.DataParallel
        );
    }

    /// <param name="parsed">The command line.</param>
    /// <param name="devices">Devices in all, where another option gives them; null to read the own one.</param>
    /// <exception cref="UserException">A value that makes no sense, or a layout that suits no model.</exception>
    public static ExportOptions ReadOptions(ParseResult parsed, double? devices = null)
    {
        int context = ReadContextParallel(parsed);
        TrainingSetup layout = TrainingOptions.Read(parsed, devices ?? ReadGpus(parsed), context);
        return new ExportOptions
        {
            // Where nobody says otherwise, data ranks share out the optimizer's states: it costs nothing.
            Layout = parsed.GetValue(TrainingOptions.Zero) is null ? layout with { Zero = 1 } : layout,
            ContextParallel = context,
            GpusPerNode = (int)(Options.Whole(parsed, GpusPerNode, MaxDevices) ?? DefaultGpusPerNode),
            DataPath = parsed.GetValue(DataPath),
            Tokenizer = parsed.GetValue(Tokenizer),
            IsBatchScript = parsed.GetValue(Sbatch),
        };
    }

    /// <summary>Ranks that divide a sequence for attention.</summary>
    public static int ReadContextParallel(ParseResult parsed) => (int)(Options.Whole(parsed, ContextParallel, MaxDevices) ?? 1);

    private static double? ReadGpus(ParseResult parsed) =>
        parsed.GetValue(Gpus) is not string text ? null
        : Quantity.TryParseCount(text, out _) ? Options.Whole(parsed, Gpus, MaxDevices)
        : Cluster.Parse(text, Gpus.Name).Count;
}
