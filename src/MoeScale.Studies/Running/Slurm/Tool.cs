using System.ComponentModel;
using System.Diagnostics;
using MoeScale.Basics;

namespace MoeScale.Studies.Running.Slurm;

/// <summary>A program of the system that is asked something and answers at once.</summary>
internal static class Tool
{
    /// <param name="program">Its name.</param>
    /// <param name="arguments">Its words.</param>
    /// <param name="clean">Changes its environment.</param>
    /// <exception cref="UserException">There is no such program.</exception>
    public static (int Code, string Output, string Error) Run(
        string program,
        IReadOnlyList<string> arguments,
        Action<IDictionary<string, string?>> clean
    )
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        clean(start.Environment);
        try
        {
            using Process process = Process.Start(start)!;
            // What asks a question here would wait for its answer without end.
            process.StandardInput.Close();
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, error.Result);
        }
        catch (Win32Exception)
        {
            throw new UserException(
                $"there is no program '{program}' here. Slurm's programs must be on the PATH of the machine that queues its jobs."
            );
        }
    }
}
