using MoeScale.Basics;
using MoeScale.Models;

namespace MoeScale.Exchange.Export.HuggingFace;

/// <summary>
/// The architecture whose config.json says a model: its file is written and read again, and what comes back must be the model. So what is
/// written and what is read cannot part.
/// </summary>
/// <param name="Type">model_type of the architecture, or of the nearest where none says the model.</param>
/// <param name="Differences">None where the architecture says the model.</param>
public sealed record ConfigChoice(string Type, IReadOnlyList<ExportGap.OfKey> Differences)
{
    private const string Unreadable = "config.json";
    private const string LeftOutKey = "left_out";

    private Architecture Architecture => Architecture.All.First(a => a.Type == Type);

    /// <summary>Whether a config.json says the model.</summary>
    public bool Fits => Differences.Count == 0;

    // A file that cannot be at all is farther from a model than any that says another one.
    private int Distance => Differences.Any(d => d.Key == Unreadable) ? int.MaxValue : Differences.Count;

    /// <summary>The first architecture that says a model, or else the nearest.</summary>
    /// <param name="m">One that can be built.</param>
    public static ConfigChoice For(Model m)
    {
        ConfigChoice? nearest = null;
        foreach (Architecture architecture in Architecture.All.Where(a => a.HasExperts != m.IsDense))
        {
            ConfigChoice choice = new(architecture.Type, [.. DifferencesOf(architecture, m)]);
            if (choice.Fits)
            {
                return choice;
            }
            nearest = nearest is null || choice.Distance < nearest.Distance ? choice : nearest;
        }
        return nearest!;
    }

    /// <summary>The config.json.</summary>
    /// <param name="m">The model of this choice.</param>
    /// <param name="further">Keys that are no model's: types of numbers, tokens.</param>
    public string Write(Model m, params IReadOnlyList<(string Key, object Value)> further) =>
        ConfigText.Of(Architecture, Sayable(m), further);

    /// <summary>What the file does not say of a model, and what it says beside it.</summary>
    public IEnumerable<ExportNote> Notes(Model m)
    {
        // What the class computes as the original does needs no word.
        LeftOutPart[] lost = [.. LeftOutPart.Of(m).Except(LeftOutPart.Of(HuggingFaceConfig.Parse(Write(m), "config.json")))];
        if (lost.Length > 0)
        {
            yield return new ExportNote.ComputedOtherwise(LeftOutPart.Join(lost));
        }
        if (Architecture.IsOwnCode)
        {
            yield return new ExportNote.OwnCode(Type);
        }
        if (m.VocabularyRows != m.VocabularySize)
        {
            yield return new ExportNote.CountedPadding(m.VocabularySize, m.VocabularyRows);
        }
        if (m.IsDense)
        {
            yield break;
        }
        if (NeedsZeroBias(m))
        {
            yield return new ExportNote.ZeroBias(m.ExpertCount * m.MoeBlocks);
        }
        if (Type == "glm4_moe" && m.SharedWidth == 0)
        {
            yield return new ExportNote.EmptySharedExperts();
        }
        if (m.Routing.CapacityFactor is double capacity)
        {
            yield return new ExportNote.NotTrained(RoutingKeys.CapacityFactor, capacity);
        }
        if (m.Routing.BalanceLoss > 0 && m.Routing.Says(RoutingKeys.BalanceLoss) && !Architecture.HasBalanceLoss)
        {
            yield return new ExportNote.NotTrained(RoutingKeys.BalanceLoss, m.Routing.BalanceLoss);
        }
        if (m.Routing.BalanceBias > 0)
        {
            yield return new ExportNote.NotTrained(RoutingKeys.BalanceBias, m.Routing.BalanceBias);
        }
        if (m.Routing.ZLoss > 0 && m.Routing.Says(RoutingKeys.ZLoss))
        {
            yield return new ExportNote.NotTrained(RoutingKeys.ZLoss, m.Routing.ZLoss);
        }
    }

    private static IEnumerable<ExportGap.OfKey> DifferencesOf(Architecture architecture, Model m)
    {
        Model ours = Sayable(m);
        Model theirs;
        try
        {
            theirs = HuggingFaceConfig.Parse(ConfigText.Of(architecture, ours), "config.json");
        }
        catch (UserException e)
        {
            return [new ExportGap.OfKey(architecture.Type, Unreadable, null, e.Message)];
        }
        Dictionary<string, string> there = ModelFile.Lines(Compared(theirs)).ToDictionary(l => l.Key, l => l.Value);
        Dictionary<string, string> here = ModelFile.Lines(Compared(ours)).ToDictionary(l => l.Key, l => l.Value);
        IEnumerable<ExportGap.OfKey> lines = here
            .Keys.Union(there.Keys)
            .Select(key => new ExportGap.OfKey(architecture.Type, key, here.GetValueOrDefault(key), there.GetValueOrDefault(key)))
            .Where(d => d.Ours != d.Theirs);
        // What is lost of the original is told where the class has the keys for it; without them this is another class's model.
        IEnumerable<LeftOutPart> lost = LeftOutPart
            .Of(m)
            .Except(LeftOutPart.Of(theirs))
            .Where(p => p.Keys.Count == 0 || !p.Keys.All(architecture.Knows));
        IEnumerable<LeftOutPart> added = LeftOutPart.Of(theirs).Except(LeftOutPart.Of(m));
        return
        [
            .. lines,
            .. lost.Select(p => new ExportGap.OfKey(architecture.Type, LeftOutKey, p.Text, null)),
            .. added.Select(p => new ExportGap.OfKey(architecture.Type, LeftOutKey, null, p.Text)),
        ];
    }

    /// <summary>
    /// The model without what changes nothing of what it computes, and with the zeros that classes of its kind always have.
    /// </summary>
    private static Model Sayable(Model m)
    {
        bool isLocal = Math.Max(m.SlidingWindow, m.AttentionChunk) < m.Context;
        Model sayable = m with
        {
            VocabularySize = m.VocabularyRows,
            VocabularyMultipleOf = 1,
            SlidingWindow = isLocal ? m.SlidingWindow : 0,
            AttentionChunk = isLocal ? m.AttentionChunk : 0,
            FullAttentionBlocks = isLocal ? m.FullAttentionBlocks : 0,
            AttentionPattern = isLocal ? m.AttentionPattern : "",
        };
        if (m.MoeBlocks == 1)
        {
            // One block with experts is the last of several as well as one after more dense ones.
            sayable = sayable with
            {
                LeadingDenseBlocks = m.LeadingDenseBlocks + m.MoeEvery - 1,
                MoeEvery = 1,
            };
        }
        return NeedsZeroBias(m)
            ? sayable with
            {
                Biases = m.Biases | BiasSet.Router,
                Routing = m.Routing with { BalanceBias = 1 },
            }
            : sayable;
    }

    private static bool NeedsZeroBias(Model m) =>
        !m.IsDense && m.Routing.Weights is RouterWeights.Sigmoid or RouterWeights.SelectedSigmoid && !m.Biases.HasFlag(BiasSet.Router);

    // What is compared: the model alone, without the words about it and the losses that it is trained with.
    private static Model Compared(Model m) =>
        m with
        {
            Name = "",
            PublishedTotal = "",
            PublishedActive = "",
            Note = "",
            LeftOut = "",
            ConfigKeys = "",
            NotCounted = RoleSet.None,
            FeedForwardWidth = m.DenseBlocks > 0 ? m.FeedForwardWidth : m.ExpertWidth,
            RopeTheta = m.Positions == Positions.Rope ? m.RopeTheta : Model.DefaultRopeTheta,
            Biases = Present(m),
            Routing = m.Routing with { CapacityFactor = null, BalanceLoss = 0, ZLoss = 0, BalanceBias = m.Routing.BalanceBias > 0 ? 1 : 0 },
        };

    private static BiasSet Present(Model m) =>
        m.Biases
        & ~(
            (m.DenseBlocks > 0 ? BiasSet.None : BiasSet.FeedForward)
            | (m.MoeBlocks > 0 ? BiasSet.None : BiasSet.Experts | BiasSet.Router)
            | (m.SharedWidth > 0 ? BiasSet.None : BiasSet.SharedExperts)
        );
}
