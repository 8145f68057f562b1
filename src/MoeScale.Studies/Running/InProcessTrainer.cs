using MoeScale.Basics;
using MoeScale.Reporting;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;
using MoeScale.Training.Data;
using MoeScale.Training.Runs;

namespace MoeScale.Studies.Running;

/// <summary>
/// Trains cells in this process, to the bits of <c>moescale train</c>. It needs no command, but what ends this process ends all of its
/// cells; they go on from their checkpoints.
/// </summary>
public sealed class InProcessTrainer : ICellTrainer
{
    private readonly Study _study;

    /// <param name="study">Without a trainer of its own.</param>
    /// <exception cref="UserException">The study has one, which is a program.</exception>
    public InProcessTrainer(Study study) =>
        _study = study.Trainer.IsBuiltIn
            ? study
            : throw new UserException($"{study.File} has a 'trainer' of its own, which is a program and trains in no process but its own.");

    /// <inheritdoc/>
    public bool TakesOtherThreads => true;

    /// <inheritdoc/>
    public Task<TrainerEnd> Train(CellFolder folder, int threads, CancellationToken cancel) =>
        Task.Factory.StartNew(
            () => Run(folder, threads, cancel),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );

    private TrainerEnd Run(CellFolder folder, int threads, CancellationToken cancel)
    {
        try
        {
            Cell cell = folder.Cell;
            CellRun run = CellRun.Of(folder, _study.Text);
            folder.MakeRunFolder();
            using RunFolder place = RunFolder.Open(folder.RunPath);
            place.Require(cell.Model, run.Configuration);
            Trainer.RequireMemory(cell.Model, run.Configuration, threads);
            using TrainingData data = run.Open(_study.Text, cell.Model, folder.Study.DataPath);
            Trainer.Require(cell.Model, run.Configuration, data);
            place.Begin(cell.Model, run.Configuration, run.Text.VocabularyFiles);
            TrainingJob job = new(place, cell.Model, run.Configuration, cell.DecayShare, data, threads, run.Checkpoints);
            return job.Run(cancel).Stop is { Divergence: Divergence divergence } stop
                ? new TrainerEnd(1, $"step {stop.Steps + 1}: {DivergenceWords.Of(divergence).Say(StudyTerms.All)}.")
                : new TrainerEnd(0, null);
        }
        catch (UserException e)
        {
            return new TrainerEnd(1, e.Phrase.Say(StudyTerms.All), IsWrongInput: true);
        }
    }
}
