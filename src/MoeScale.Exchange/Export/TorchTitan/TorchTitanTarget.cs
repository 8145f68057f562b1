using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Recipes;

namespace MoeScale.Exchange.Export.TorchTitan;

/// <summary>
/// A Python module that builds a configuration of torchtitan. Its blocks are those of Qwen3, of which every other part is an option.
/// </summary>
internal sealed class TorchTitanTarget : ExportTarget
{
    public override string Name => "torchtitan";

    public override string Title => "torchtitan";

    public override bool HasTraining => true;

    // A ramp of the batch, stages of given blocks and ranks that cut experts it does not have; how many ranks a machine has, its launcher
    // says.
    public override IReadOnlyList<Setting> Settings { get; } =
    [
        .. ExportSettings.OfRecipe.Where(s => s != RecipeSettings.BatchRamp).Select(s => s.Name),
        .. ExportSettings.OfLayout.Where(s => s != LayoutSettings.ExpertTensorParallel && s != LayoutSettings.StageBlocks),
        ExportSettings.DataPath,
        ExportSettings.Tokenizer,
    ];

    public override IReadOnlyList<ExportGap> Gaps(ExportSubject subject) => [.. GapsOf(subject)];

    public override Exported Write(ExportSubject subject, ExportOptions options)
    {
        EngineRun counted = EngineRun.Of(subject);
        (Model model, RunConfiguration run) = (counted.Model, counted.Run);
        TrainingSetup layout = options.Layout;
        // Expert ranks hold whole experts; without them tensor ranks cut experts as they cut all else.
        ExportOptions laidOut = options with
        {
            Layout = layout with { ExpertTensorParallel = layout.ExpertParallel > 1 ? 1 : layout.TensorParallel },
        };
        EngineLayout.Require(model, run, laidOut);
        if (run.RampTokens > 0)
        {
            throw new UserException(
                $"torchtitan's batch has one size from the start, and {RecipeSettings.BatchRamp.Name} of '{subject.Name}' would change "
                    + $"it. Set it to 0 there."
            );
        }
        if (layout.PipelineParallel > 1 && model.TiedEmbeddings)
        {
            throw new UserException(
                $"embedding and head of '{model.Name}' are one matrix, which torchtitan's pipelines cannot share. Leave "
                    + $"{LayoutSettings.PipelineParallel} out."
            );
        }
        if (model.KvHeads % layout.TensorParallel != 0)
        {
            throw new UserException(
                $"{LayoutSettings.TensorParallel} {layout.TensorParallel} does not divide n_kv_heads {model.KvHeads}, which torchtitan "
                    + $"needs. Change one of them."
            );
        }
        if (layout.StageBlocks is not null)
        {
            throw new UserException($"{LayoutSettings.StageBlocks} cannot be exported to torchtitan. Leave it out.");
        }
        TorchTitanModule module = new(subject, counted, laidOut);
        string name = $"{module.Name}.py";
        return new Exported([ExportedFile.OfText(name, module.Write())], [.. subject.AllNotes, .. Notes(counted, options)]);
    }

    private static IEnumerable<ExportGap> GapsOf(ExportSubject subject)
    {
        Model m = subject.Model;
        if (m.Activation != Activation.SwiGlu)
        {
            yield return new ExportGap.OfActivation(m.Activation);
        }
        if (m.Normalization != Normalization.RmsNorm)
        {
            yield return new ExportGap.OfNorm(m.Normalization);
        }
        if (m.NormAfterParts)
        {
            yield return new ExportGap.NormAfterParts();
        }
        if (m.QueryKeyNorm == QueryKeyNorm.Full)
        {
            yield return new ExportGap.OfQueryKeyNorm(m.QueryKeyNorm);
        }
        if (m.AttentionSinks)
        {
            yield return new ExportGap.AttentionSinks();
        }
        if (m.Latent is not null)
        {
            yield return new ExportGap.LatentAttention();
        }
        if (m.Positions != Positions.Rope)
        {
            yield return new ExportGap.OfPositions(m.Positions);
        }
        if (subject.Window is double window)
        {
            yield return new ExportGap.SlidingWindow(window);
        }
        if (subject.Chunk is double chunk)
        {
            yield return new ExportGap.AttentionChunk(chunk);
        }
        if (Biases(m) != BiasSet.None)
        {
            yield return new ExportGap.OfBiases(Biases(m));
        }
        if (m.PredictionModules > 0)
        {
            yield return new ExportGap.PredictionModules(m.PredictionModules);
        }
        if (m.IsDense)
        {
            yield break;
        }
        if (m.NormAfterExperts)
        {
            yield return new ExportGap.NormAfterExperts();
        }
        if (m.SharedWidth > 0 && m.SharedGate)
        {
            yield return new ExportGap.SharedExpertGate();
        }
        if (m.Routing.Kind != RoutingKind.TokenChoice)
        {
            yield return new ExportGap.ExpertChoice();
        }
    }

    // A bias that balances the load is a router's own there.
    private static BiasSet Biases(Model m) => !m.IsDense && m.Routing.BalanceBias > 0 ? m.Biases & ~BiasSet.Router : m.Biases;

    private static IEnumerable<ExportNote> Notes(EngineRun counted, ExportOptions options)
    {
        Model m = counted.Model;
        yield return new ExportNote.Initialization(counted.Run.InitialScale, counted.Deviation);
        Routing r = m.Routing;
        if (!m.IsDense && r.BalanceLoss > 0)
        {
            yield return new ExportNote.NoBalanceLoss(r.BalanceLoss, TorchTitanModule.BiasRate(m));
        }
        if (!m.IsDense && r.ZLoss > 0)
        {
            yield return new ExportNote.NoZLoss(r.ZLoss);
        }
        if (!m.IsDense && r.CapacityFactor is double factor)
        {
            yield return new ExportNote.NoCapacity(factor);
        }
        if (m.LeftOut.Length > 0)
        {
            yield return new ExportNote.ComputedOtherwise(m.LeftOut);
        }
        if (counted.LeftOver > 0)
        {
            yield return new ExportNote.LastStep(counted.LeftOver);
        }
        if (options.DataPath is null)
        {
            yield return new ExportNote.AskedLater(ExportSettings.DataPath, TorchTitanModule.DataVariable);
        }
        if (options.Tokenizer is null)
        {
            yield return new ExportNote.AskedLater(ExportSettings.Tokenizer, TorchTitanModule.TokenizerVariable);
        }
    }
}
