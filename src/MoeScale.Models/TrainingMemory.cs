using MoeScale.Basics;

namespace MoeScale.Models;

/// <summary>What AdamW keeps for some of the parameters, on one rank, in bytes.</summary>
public sealed record StateBytes(double Weights, double Gradients, double Optimizer)
{
    public double Total => Weights + Gradients + Optimizer;
}

/// <summary>Activations on one rank at their peak, in bytes.</summary>
/// <param name="Blocks">Kept for all blocks and all micro-batches that are under way.</param>
/// <param name="WorkingBlock">What recomputation brings back for one block at a time, the largest of the stage; 0 without
/// recomputation.</param>
/// <param name="Ends">Before the first block and after the last.</param>
public sealed record ActivationBytes(double Blocks, double WorkingBlock, double Ends)
{
    public double Total => Blocks + WorkingBlock + Ends;
}

/// <summary>One rank of a pipeline stage; all ranks of a stage hold the same if tokens are spread evenly over experts.</summary>
/// <param name="Stage">From 0.</param>
/// <param name="Blocks">Blocks of the stage, without prediction modules.</param>
/// <param name="Tensor">Weights that tensor-parallel ranks divide.</param>
/// <param name="Replicated">Weights that every tensor-parallel rank holds whole: norms, routers, projections to latents.</param>
/// <param name="Experts">Routed experts, whose states have their own number of data ranks.</param>
/// <param name="Activations">The rest.</param>
public sealed record StageMemory(
    int Stage,
    double Blocks,
    StateBytes Tensor,
    StateBytes Replicated,
    StateBytes Experts,
    ActivationBytes Activations
)
{
    public double WeightBytes => Tensor.Weights + Replicated.Weights + Experts.Weights;

    public double GradientBytes => Tensor.Gradients + Replicated.Gradients + Experts.Gradients;

    public double OptimizerBytes => Tensor.Optimizer + Replicated.Optimizer + Experts.Optimizer;

    public double TotalBytes => WeightBytes + GradientBytes + OptimizerBytes + Activations.Total;
}

/// <summary>
/// What a training step holds on each rank: weights, gradients and AdamW's states, counted from the census, and activations,
/// counted from the shape. docs/training-memory.md derives each term and says what is left out.
/// </summary>
/// <param name="Setup">The layout over ranks.</param>
/// <param name="Stages">One rank of each pipeline stage, from first to last.</param>
public sealed record TrainingMemory(TrainingSetup Setup, IReadOnlyList<StageMemory> Stages)
{
    /// <summary>The rank that needs the most; the first of equals.</summary>
    public StageMemory MostLoaded { get; } = Stages.MaxBy(s => s.TotalBytes)!;

    /// <exception cref="UserException">The model cannot be trained so.</exception>
    public static TrainingMemory Of(Model model, TrainingSetup setup) => Of(Census.Of(model), setup);

    /// <exception cref="UserException">The model cannot be trained so.</exception>
    public static TrainingMemory Of(Census census, TrainingSetup setup) =>
        setup.WhyNot(census.Model) is LayoutFault fault
            ? throw new UserException($"{census.Model.Name} cannot be trained so: {fault.Reason}.")
            : Count(census, setup, continuous: false);

    /// <summary>As if every size could be divided by every number of ranks, and a block be cut between stages.</summary>
    /// <exception cref="UserException">No model can be trained so.</exception>
    public static TrainingMemory OfContinuous(Census census, TrainingSetup setup)
    {
        setup.RequireConsistent();
        return Count(census, setup, continuous: true);
    }

    private static TrainingMemory Count(Census census, TrainingSetup setup, bool continuous)
    {
        Model m = census.Model;
        RankParams dense = RankParams.Of(census, setup, r => r.Kind == LayerKind.Dense) / m.DenseBlocks;
        RankParams experts = RankParams.Of(census, setup, r => r.Kind == LayerKind.MixtureOfExperts) / m.MoeBlocks;
        RankParams embedding = RankParams.Of(census, setup, r => r.Role == Role.Embedding);
        RankParams first = RankParams.Of(census, setup, r => r.Role is Role.Embedding or Role.Positions);
        RankParams last = RankParams.Of(
            census,
            setup,
            r => r.Kind == LayerKind.Prediction || (r.Kind == LayerKind.Ends && r.Role is not (Role.Embedding or Role.Positions))
        );
        if (setup.PipelineParallel > 1 && (m.TiedEmbeddings || m.PredictionModules > 0))
        {
            // The embedding is read again at the other end of the pipeline, and both copies are trained alike.
            last += embedding;
        }
        StageActivations activations = new(m, setup);
        PipelineStage[] stages = PipelineStages.Of(m, setup, continuous);
        return new TrainingMemory(
            setup,
            [
                .. stages.Select(
                    (stage, s) =>
                    {
                        RankParams held = (dense * stage.Dense) + (experts * stage.MixtureOfExperts);
                        held += stage.IsFirst ? first : default;
                        held += stage.IsLast ? last : default;
                        return new StageMemory(
                            s,
                            stage.Dense + stage.MixtureOfExperts,
                            States(held.Tensor, setup, setup.DataParallel),
                            States(held.Replicated, setup, setup.DataParallel),
                            States(held.Experts, setup, setup.ExpertDataRanks),
                            activations.Of(stage)
                        );
                    }
                ),
            ]
        );
    }

    /// <summary>
    /// Bytes of AdamW: mixed precision 2 + 4 + (4 master + 4 + 4), fp32 4 + 4 + (4 + 4), each divided from its ZeRO stage on.
    /// </summary>
    private static StateBytes States(double count, TrainingSetup setup, double dataRanks)
    {
        bool mixed = setup.Precision == TrainingPrecision.Mixed;
        return new StateBytes(Share(mixed ? 2 : 4, 3), Share(4, 2), Share(mixed ? 12 : 8, 1));

        double Share(double bytes, int fromZero) => bytes * count / (setup.Zero >= fromZero ? dataRanks : 1);
    }

    /// <summary>Parameters that one rank holds, before ZeRO, by how they are divided.</summary>
    private readonly record struct RankParams(double Tensor, double Replicated, double Experts)
    {
        public static RankParams Of(Census census, TrainingSetup setup, Func<CensusRow, bool> which)
        {
            RankParams sum = default;
            foreach (CensusRow row in census.Rows)
            {
                if (which(row))
                {
                    sum += row.Split switch
                    {
                        Split.None => new(0, row.Stored, 0),
                        Split.Tensor => new(row.Stored / setup.TensorParallel, 0, 0),
                        Split.KvHeads => new(row.Stored / Math.Min(setup.TensorParallel, census.Model.KvHeads), 0, 0),
                        Split.Experts => new(0, 0, row.Stored / setup.ExpertTensorRanks / setup.ExpertParallel),
                        _ => throw new ArgumentOutOfRangeException(nameof(census), row.Split, "no split"),
                    };
                }
            }
            return sum;
        }

        public static RankParams operator +(RankParams a, RankParams b) =>
            new(a.Tensor + b.Tensor, a.Replicated + b.Replicated, a.Experts + b.Experts);

        public static RankParams operator *(RankParams a, double factor) =>
            new(a.Tensor * factor, a.Replicated * factor, a.Experts * factor);

        // A kind of block that the model does not have holds nothing.
        public static RankParams operator /(RankParams a, double blocks) =>
            blocks > 0 ? new(a.Tensor / blocks, a.Replicated / blocks, a.Experts / blocks) : default;
    }

    /// <summary>Sums the lists of <see cref="Activations"/> over the blocks and micro-batches of a stage.</summary>
    private sealed class StageActivations(Model model, TrainingSetup setup)
    {
        private readonly Activations _activations = new(model, setup);

        private readonly (double Kept, double Dropped) _dense = OfBlock(model, setup, LayerKind.Dense);

        private readonly (double Kept, double Dropped) _experts = model.IsDense
            ? default
            : OfBlock(model, setup, LayerKind.MixtureOfExperts);

        public ActivationBytes Of(PipelineStage stage)
        {
            double modules = stage.IsLast ? model.PredictionModules : 0;
            double dense = stage.Dense + (model.IsDense ? modules : 0);
            double experts = stage.MixtureOfExperts + (model.IsDense ? 0 : modules);
            double ends =
                (stage.IsFirst ? _activations.OfEmbedding() : 0)
                + (stage.IsLast ? _activations.OfHead() + (modules * (_activations.OfPredictionInput() + _activations.OfHead())) : 0);
            return new ActivationBytes(
                stage.MicroBatches * ((dense * _dense.Kept) + (experts * _experts.Kept)),
                Math.Max(dense > 0 ? _dense.Dropped : 0, experts > 0 ? _experts.Dropped : 0),
                stage.MicroBatches * ends
            );
        }

        private static (double Kept, double Dropped) OfBlock(Model model, TrainingSetup setup, LayerKind kind)
        {
            IReadOnlyList<SavedTensor> all = new Activations(model, setup).OfBlock(kind);
            double kept = all.Where(t => setup.Recomputation <= t.KeptUpTo).Sum(t => t.Bytes);
            return (kept, all.Sum(t => t.Bytes) - kept);
        }
    }
}
