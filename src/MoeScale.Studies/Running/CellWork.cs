using MoeScale.Basics;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Running;

/// <summary>How work on a cell ended.</summary>
public enum WorkEnd
{
    Done,

    /// <summary>Every try failed, or no further one could help.</summary>
    Failed,

    /// <summary>Asked to stop.</summary>
    Stopped,

    /// <summary>Another program works on it.</summary>
    Taken,
}

/// <summary>
/// One program's work on one cell: claims it, runs its trainer, and tries again where that fails. What counts is the trainer's result, not
/// how it ended. Where it was stopped it can be run again, and goes on counting tries.
/// </summary>
public sealed class CellWork
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(0.2);

    private readonly Study _study;
    private readonly CellFolder _folder;
    private readonly ICellTrainer _trainer;
    private bool _isFirst = true;

    /// <param name="study">The study.</param>
    /// <param name="folder">Of the cell.</param>
    /// <param name="trainer">Trains it.</param>
    public CellWork(Study study, CellFolder folder, ICellTrainer trainer) => (_study, _folder, _trainer) = (study, folder, trainer);

    /// <summary>Whether the program is a task of a scheduler, whose log is linked in the cell's folder.</summary>
    public bool IsTask { get; init; }

    public Cell Cell => _folder.Cell;

    /// <summary>What kept it from working at all, whatever the trainer does; null where nothing did.</summary>
    public Phrase? Trouble { get; private set; }

    /// <summary>Whether the cell's folder tells it too.</summary>
    public bool IsTroubleWritten { get; private set; }

    /// <summary>Runs to the end, or until asked to stop: then the trainer is asked to, and waited for.</summary>
    /// <param name="threads">For the trainer.</param>
    /// <param name="cancel">Stops it.</param>
    public async Task<WorkEnd> Run(int threads, CancellationToken cancel)
    {
        try
        {
            return await Try(threads, cancel).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // Whatever it is, it is the failure of this cell: the trainers of others go on, and somebody must wait for them.
            Trouble = e is UserException mistake ? mistake.Phrase : TextFile.Reason(e);
            TryToTell(Trouble.Say(StudyTerms.All));
            return WorkEnd.Failed;
        }
    }

    private async Task<WorkEnd> Try(int threads, CancellationToken cancel)
    {
        _folder.Begin(_study.Text);
        using FileLock? claim = FileLock.TryTake(_folder.ClaimPath);
        if (claim is null)
        {
            // Who claimed it counts its tries; if it leaves the cell, its tries were tries.
            _isFirst = false;
            return WorkEnd.Taken;
        }
        if (_isFirst)
        {
            // What failed before was told; who starts the study again wants it tried again.
            FailedAttempts.Forget(_folder.AttemptsPath);
            if (!IsTask)
            {
                File.Delete(_folder.TaskLogPath);
            }
            _isFirst = false;
        }
        while (true)
        {
            await Orphan(cancel).ConfigureAwait(false);
            if (_folder.IsDone)
            {
                return WorkEnd.Done;
            }
            if (_folder.Refuse() is string left)
            {
                Failed(0, left);
            }
            if (FailedAttempts.AreAll(FailedAttempts.Read(_folder.AttemptsPath), _study.Retries))
            {
                return WorkEnd.Failed;
            }
            if (cancel.IsCancellationRequested)
            {
                return WorkEnd.Stopped;
            }
            TrainerEnd end = await _trainer.Train(_folder, threads, cancel).ConfigureAwait(false);
            if (!_folder.IsDone && !cancel.IsCancellationRequested)
            {
                Failed(end.Code, _folder.Refuse() ?? end.Reason ?? NoResult(end.Code), isLast: end.IsWrongInput);
            }
        }
    }

    private void Failed(int code, string reason, bool isLast = false) =>
        FailedAttempts.Add(_folder.AttemptsPath, new FailedAttempt(DateTime.UtcNow, code, reason, isLast));

    private void TryToTell(string reason)
    {
        try
        {
            Failed(0, reason, isLast: true);
            IsTroubleWritten = true;
        }
        catch (UserException)
        {
            // What keeps the cell from working keeps this from being written; Trouble tells it.
        }
    }

    private string NoResult(int code) => $"the trainer ended with code {code} and left no result in {_folder.ResultsPath}";

    /// <summary>Waits for a trainer that was started by a program which has gone; asked to stop, it asks that one too.</summary>
    private async Task Orphan(CancellationToken cancel)
    {
        bool isAsked = false;
        while (RunningProcess.IsAtWork(_folder))
        {
            if (cancel.IsCancellationRequested && !isAsked)
            {
                if (RunningProcess.Find(_folder) is not int pid)
                {
                    // Somebody trains here by hand.
                    return;
                }
                TrainerProcess.AskToStop(pid);
                isAsked = true;
            }
            await Task.Delay(Poll, CancellationToken.None).ConfigureAwait(false);
        }
    }
}
