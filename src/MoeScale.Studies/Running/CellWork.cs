using System.Diagnostics;
using MoeScale.Basics;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Running;

/// <summary>How work on a cell ended.</summary>
public enum WorkEnd
{
    Done,

    /// <summary>Every try failed.</summary>
    Failed,

    /// <summary>Asked to stop.</summary>
    Stopped,

    /// <summary>Another program works on it.</summary>
    Taken,
}

/// <summary>
/// Works on one cell: claims it, runs its trainer as a process of its own, and tries again where that fails. What counts is the trainer's result, not how
/// its process ended.
/// </summary>
public sealed class CellWork
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(0.2);

    private readonly Study _study;
    private readonly CellFolder _folder;
    private readonly IReadOnlyList<string> _program;

    /// <param name="study">The study.</param>
    /// <param name="folder">Of the cell.</param>
    /// <param name="program">The words that start this program.</param>
    public CellWork(Study study, CellFolder folder, IReadOnlyList<string> program) => (_study, _folder, _program) = (study, folder, program);

    /// <summary>Runs to the end, or until asked to stop: then the trainer is asked to, and waited for.</summary>
    /// <param name="threads">For the trainer.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="UserException">The folder holds another cell, or cannot be written.</exception>
    public async Task<WorkEnd> Run(int threads, CancellationToken cancel)
    {
        _folder.Begin(_study.Text);
        using Claim? claim = Claim.TryTake(_folder.ClaimPath);
        if (claim is null)
        {
            return WorkEnd.Taken;
        }
        // What failed before was told; who starts the study again wants it tried again.
        FailedAttempts.Forget(_folder.AttemptsPath);
        for (int failed = 0; ; failed++)
        {
            await Orphan(cancel).ConfigureAwait(false);
            if (_folder.IsDone)
            {
                return WorkEnd.Done;
            }
            if (cancel.IsCancellationRequested)
            {
                return WorkEnd.Stopped;
            }
            if (failed > _study.Retries)
            {
                return WorkEnd.Failed;
            }
            int code = await Train(threads, cancel).ConfigureAwait(false);
            if (!_folder.IsDone && !cancel.IsCancellationRequested)
            {
                FailedAttempts.Add(_folder.AttemptsPath, new FailedAttempt(DateTime.UtcNow, code, Reason(code)));
            }
        }
    }

    // A shell's way to say that a signal ended a process.
    private string Reason(int code) => code > 128 ? $"the trainer was killed by signal {code - 128}"
        : TrainerProcess.LastLine(_folder.LogPath) is string line && code != 0 ? line
        : $"the trainer ended with code {code} and left no result in {_folder.ResultsPath}";

    /// <summary>Waits for a trainer that was started by a program which has gone.</summary>
    private async Task Orphan(CancellationToken cancel)
    {
        while (RunningProcess.IsAlive(_folder) && !cancel.IsCancellationRequested)
        {
            await Task.Delay(Poll, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task<int> Train(int threads, CancellationToken cancel)
    {
        IReadOnlyList<string> words = _study.Trainer.For(_program, _study.Text, _folder.Cell, (_folder.ConfigurationPath, _folder.ModelPath, _folder.RunPath, _folder.Study.DataPath), threads);
        Directory.CreateDirectory(_folder.RunPath);
        using Process process = TrainerProcess.Start(words, _folder.LogPath);
        RunningProcess.Remember(_folder, process);
        using CancellationTokenRegistration _ = cancel.Register(() => TrainerProcess.AskToStop(process));
        await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        return process.ExitCode;
    }
}
