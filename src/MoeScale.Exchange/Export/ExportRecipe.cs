using System.Globalization;
using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Recipes;

namespace MoeScale.Exchange.Export;

/// <summary>The recipe of an export: what the subject tells, and over it what the user gives. What is missing is asked for.</summary>
public sealed class ExportRecipe : RecipeSource
{
    // No model has a usual one of these.
    private static readonly (RecipeSetting Setting, string Example)[] Needed =
    [
        (RecipeSettings.Tokens, "100B"),
        (RecipeSettings.BatchTokens, "4M"),
        (RecipeSettings.LearningRate, "3e-4"),
    ];

    private static readonly RecipeSetting[] WithDefaults =
    [
        RecipeSettings.Schedule,
        RecipeSettings.Warmup,
        RecipeSettings.Decay,
        RecipeSettings.Clip,
        RecipeSettings.WeightDecay,
        RecipeSettings.Beta1,
        RecipeSettings.Beta2,
        RecipeSettings.Epsilon,
    ];

    private ExportRecipe(Model model, IReadOnlyDictionary<string, string> values)
        : base(model, values) { }

    /// <inheritdoc/>
    public override bool ScoresOnTheWay => false;

    /// <summary>The subject with its run, and with notes of what nobody said.</summary>
    /// <param name="subject">Without a run.</param>
    /// <param name="given">Settings by the keys of <see cref="RecipeSettings"/>, which count more than what the subject tells.</param>
    /// <param name="sequence">Tokens of a training sequence, as given; null where they are not.</param>
    /// <param name="dataRanks">Ranks that share out a step: a batch that is told in tokens is the nearest that they can.</param>
    /// <exception cref="UserException">Something that is needed is missing, or a value cannot be.</exception>
    public static ExportSubject Complete(
        ExportSubject subject,
        IReadOnlyDictionary<string, string> given,
        int? sequence = null,
        int dataRanks = 1
    )
    {
        Dictionary<string, string> values = new(subject.Known);
        if (given.ContainsKey(RecipeSettings.BatchTokens.Key))
        {
            values.Remove(RecipeSettings.Batch.Key);
        }
        // Of another schedule, a share of decay says nothing.
        if (given.TryGetValue(RecipeSettings.Schedule.Key, out string? schedule) && schedule != "wsd")
        {
            values.Remove(RecipeSettings.Decay.Key);
        }
        foreach ((string key, string value) in given)
        {
            values[key] = value;
        }
        RequireAll(subject, values);
        List<ExportNote> notes = [.. subject.Notes.Where(n => n is not ExportNote.OfLaw law || !given.ContainsKey(law.Setting.Name))];
        int? tokens = sequence ?? subject.Sequence;
        if (tokens is null)
        {
            notes.Add(new ExportNote.SequenceOfContext(subject.Model.Context));
        }
        ExportRecipe source = new(WithSequence(subject.Model, tokens ?? subject.Model.Context), values);
        Recipe recipe = Recipe.Read(source);
        RunConfiguration run = recipe.Run;
        if (!source.Has(RecipeSettings.MicroBatch))
        {
            run = run with { MicroBatchSequences = source.Group };
            notes.Add(new ExportNote.Chosen(LayoutSettings.MicroBatch.To($"{source.Group}")));
        }
        // Sequences that are told are a run's own, and stay as they are.
        if (source.Number(RecipeSettings.BatchTokens) is double told)
        {
            run = Shared(run, told, dataRanks, notes);
        }
        Setting[] defaults =
        [
            .. WithDefaults
                .Where(s => !source.Has(s) && (s.Schedule is null || s.Schedule == recipe.Schedule))
                .Select(s => s.Name.To(s.Default!)),
        ];
        (string, double)[] losses = subject.Model.IsDense ? [] : [.. AssumedLosses(subject.Model.Routing)];
        if (defaults.Length > 0 || losses.Length > 0)
        {
            notes.Add(new ExportNote.DefaultRecipe(defaults, losses));
        }
        return subject with { Run = run, Notes = notes };
    }

    /// <summary>What a run tells, as settings that can be read again.</summary>
    public static IReadOnlyDictionary<string, string> KnownOf(RunConfiguration run)
    {
        bool isWsd = run.Schedule != RateShape.Cosine;
        Dictionary<string, string> known = new()
        {
            [RecipeSettings.Tokens.Key] = Text(run.Tokens),
            [RecipeSettings.Batch.Key] = Text(run.BatchSequences),
            [RecipeSettings.BatchRamp.Key] = Text(run.Tokens > 0 ? run.RampTokens / run.Tokens : 0),
            [RecipeSettings.MicroBatch.Key] = Text(run.MicroBatchSequences),
            [RecipeSettings.LearningRate.Key] = Text(run.LearningRate),
            [RecipeSettings.Schedule.Key] = isWsd ? "wsd" : "cosine",
            // Below 1 it would be a share.
            [RecipeSettings.Warmup.Key] = Text(run.WarmupTokens < 1 ? 0 : run.WarmupTokens),
            [RecipeSettings.Clip.Key] = Text(run.Optimizer.Clip),
            [RecipeSettings.WeightDecay.Key] = Text(run.Optimizer.WeightDecay),
            [RecipeSettings.Beta1.Key] = Text(run.Optimizer.Beta1),
            [RecipeSettings.Beta2.Key] = Text(run.Optimizer.Beta2),
            [RecipeSettings.Epsilon.Key] = Text(run.Optimizer.Epsilon),
            [RecipeSettings.InitialScale.Key] = Text(run.InitialScale),
            [RecipeSettings.Seed.Key] = Text(run.Seed),
        };
        if (isWsd)
        {
            // A trunk at constant rate has none.
            known[RecipeSettings.Decay.Key] = Text(run.Tokens > 0 ? run.DecayTokens / run.Tokens : 0);
        }
        return known;
    }

    /// <inheritdoc/>
    public override UserException Complaint(RecipeSetting setting, Phrase complaint) => new(complaint);

    /// <inheritdoc/>
    protected override DefaultRate DefaultRate() => throw new InvalidOperationException("A rate was required before.");

    private static IEnumerable<(string Key, double Value)> AssumedLosses(Routing routing)
    {
        (string Key, double Value)[] losses = [(RoutingKeys.BalanceLoss, routing.BalanceLoss), (RoutingKeys.ZLoss, routing.ZLoss)];
        return losses.Where(l => !routing.Says(l.Key));
    }

    private static RunConfiguration Shared(RunConfiguration run, double told, int dataRanks, List<ExportNote> notes)
    {
        // A ramp begins with a quarter of it.
        double unit = (double)run.MicroBatchSequences * dataRanks * (run.RampTokens > 0 ? 4 : 1);
        double sequences = Math.Max(1, Math.Round(told / run.Context / unit)) * unit;
        if (sequences > RecipeLimits.MaxSequences)
        {
            return run;
        }
        if (sequences * run.Context != told)
        {
            notes.Add(new ExportNote.NearestBatch(told, sequences * run.Context));
        }
        return run with { BatchSequences = (int)sequences };
    }

    private static void RequireAll(ExportSubject subject, Dictionary<string, string> values)
    {
        (RecipeSetting Setting, string Example)[] missing =
        [
            .. Needed.Where(n =>
                !values.ContainsKey(n.Setting.Key)
                && !(n.Setting == RecipeSettings.BatchTokens && values.ContainsKey(RecipeSettings.Batch.Key))
            ),
        ];
        if (missing.Length > 0)
        {
            Phrase which = Phrase.Join(", ", missing.Select(m => (Phrase)$"{m.Setting.Name.To(m.Example)}"));
            throw new UserException(
                $"'{subject.Name}' does not say how it is to be trained, and nobody can guess it. Give also, for example: {which}."
            );
        }
    }

    private static Model WithSequence(Model model, double tokens) =>
        tokens <= RecipeLimits.LongestContext
            ? model with
            {
                Context = tokens,
            }
            : throw new UserException(
                $"sequences of {tokens:0} tokens are longer than {RecipeLimits.LongestContext:0}, the most that can be. "
                    + $"Give {LayoutSettings.Sequence.To("4096")}, for example."
            );

    private static string Text(IFormattable value) => value.ToString("R", CultureInfo.InvariantCulture);
}
