using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Recipes;

namespace MoeScale.Exchange.Export;

/// <summary>How a model is trained, as engines count it: in whole sequences and steps.</summary>
internal sealed record EngineRun
{
    private const int SavesOfARun = 10;
    private const int MaxSteps = 1000;
    private const int MaxLoggedSteps = 10;

    private EngineRun(Model model, RunConfiguration run) => (Model, Run) = (model, run);

    /// <summary>
    /// With a context that holds a training sequence: positions beyond the model's own are computed, where they are no rows.
    /// </summary>
    public Model Model { get; }

    public RunConfiguration Run { get; }

    public double StepTokens => (double)Run.BatchSequences * Run.Context;

    /// <summary>Whole sequences of the run.</summary>
    public double Sequences => Math.Floor((double)Run.Tokens / Run.Context);

    /// <summary>Whole ones.</summary>
    public double Steps => Math.Floor(Sequences / Run.BatchSequences);

    /// <summary>Sequences that make no whole step, if all steps have as many.</summary>
    public double LeftOver => Run.RampTokens > 0 ? 0 : Sequences % Run.BatchSequences;

    /// <summary>Steps from one checkpoint to the next.</summary>
    public double SaveInterval => Math.Clamp(Math.Floor(Steps / SavesOfARun), 1, MaxSteps);

    /// <summary>Steps from one line of the log to the next.</summary>
    public double LogInterval => Math.Min(MaxLoggedSteps, SaveInterval);

    /// <summary>Of initial weights, but those of outputs.</summary>
    public double Deviation => Math.Round(Math.Sqrt(Run.InitialScale / Model.ModelWidth), 6);

    /// <param name="subject">With its run.</param>
    /// <exception cref="UserException">It is less than one step, or its sequences are longer than the positions of the model.</exception>
    public static EngineRun Of(ExportSubject subject)
    {
        RunConfiguration run = subject.Run ?? throw new ArgumentException("A run is needed.", nameof(subject));
        Model model = subject.Model;
        if (model.Positions == Positions.Learned && run.Context > model.Context)
        {
            // More rows of positions would make it another model.
            LayoutFault fault = new LayoutFault.TooFewPositions(run.Context, model.Context);
            throw new UserException($"'{model.Name}' cannot be trained so: {fault.Reason}.");
        }
        EngineRun counted = new(model with { Context = Math.Max(model.Context, run.Context) }, run);
        return counted.Steps >= 1
            ? counted
            : throw new UserException(
                $"{RecipeSettings.Tokens.Name} {run.Tokens} are less than one step of {counted.StepTokens:0} tokens."
            );
    }
}
