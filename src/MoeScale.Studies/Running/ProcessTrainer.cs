using System.Diagnostics;
using MoeScale.Basics;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Running;

/// <summary>A trainer as a process of its own: one that is killed takes no other with it, and it can outlive its starter.</summary>
public sealed class ProcessTrainer : ICellTrainer
{
    // What our trainer says of input that is wrong; another time it would be too.
    private const int WrongInput = 2;

    // A shell's way to say that a signal ended a process; there are 64.
    private const int FirstSignal = 128 + 1;
    private const int LastSignal = 128 + 64;

    private readonly Study _study;
    private readonly IReadOnlyList<string> _program;

    /// <param name="study">With its own trainer, or without.</param>
    /// <param name="program">The words that start a program which trains a cell by its {config}, for a study that has no trainer of its
    /// own: {config}, {out}, {data} and {threads} in them are replaced.</param>
    /// <exception cref="UserException">The study has no trainer, and no program is given.</exception>
    public ProcessTrainer(Study study, params IReadOnlyList<string> program)
    {
        if (study.Trainer.IsBuiltIn && program.Count == 0)
        {
            throw new UserException($"{study.File} has no 'trainer', and nothing says which program trains its cells.");
        }
        (_study, _program) = (study, program);
    }

    /// <inheritdoc/>
    public bool TakesOtherThreads => _study.Trainer.IsBuiltIn;

    /// <inheritdoc/>
    public async Task<TrainerEnd> Train(CellFolder folder, int threads, CancellationToken cancel)
    {
        IReadOnlyList<string> words = _study.Trainer.For(
            _program,
            folder.ConfigurationPath,
            folder.RunPath,
            folder.Study.DataPath,
            threads
        );
        folder.MakeRunFolder();
        using Process process = TrainerProcess.Start(words, folder, _study.Folder);
        using CancellationTokenRegistration _ = cancel.Register(() => AskToStop(process));
        await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        int code = process.ExitCode;
        return new TrainerEnd(code, Reason(code, folder), code == WrongInput && _study.Trainer.IsBuiltIn);
    }

    private static string? Reason(int code, CellFolder folder) =>
        code switch
        {
            0 => null,
            >= FirstSignal and <= LastSignal => $"the trainer was killed by signal {code - FirstSignal + 1}",
            _ => TrainerLog.LastLine(folder.LogPath),
        };

    private static void AskToStop(Process process)
    {
        // The number of one that has ended may be another's.
        if (!process.HasExited)
        {
            TrainerProcess.AskToStop(process.Id);
        }
    }
}
