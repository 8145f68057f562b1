using System.Diagnostics;

namespace MoeScale.Cli.Tests.Studies;

/// <summary>Slurm's programs as scripts, in a folder that they know as $FAKE.</summary>
/// <param name="folder">That holds it.</param>
internal sealed class FakeSlurm(TemporaryFolder folder)
{
    /// <summary>Counts its calls from 1, and writes down its words and its environment.</summary>
    public const string CountingSbatch = """
        echo "$*" >>"$FAKE/asked.txt"
        id=$(wc -l <"$FAKE/asked.txt")
        env | sort >"$FAKE/$id.env"
        """;

    public string Place => folder.In("fake");

    /// <summary>What sbatch was asked, a line a call.</summary>
    public string[] Asked => File.Exists(Path.Combine(Place, "asked.txt")) ? File.ReadAllLines(Path.Combine(Place, "asked.txt")) : [];

    /// <param name="program">Its name.</param>
    /// <param name="lines">Of its script.</param>
    public void Make(string program, string lines)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("There is no Slurm on Windows.");
            return;
        }
        File.SetUnixFileMode(folder.Write(Path.Combine("fake", program), $"#!/bin/sh\n{lines}\n"), (UnixFileMode)0b111_101_101);
    }

    /// <summary>What squeue prints, whatever it is asked.</summary>
    public void Queue(string lines)
    {
        folder.Write(Path.Combine("fake", "queue.txt"), lines);
        Make("squeue", "echo \"$*\" >>\"$FAKE/squeue.txt\"; env | sort >\"$FAKE/squeue.env\"; cat \"$FAKE/queue.txt\"");
    }

    /// <summary>Queues a study with them; the output is one line.</summary>
    public (int Code, string Output, string Error) Run(
        string study,
        IEnumerable<string>? words = null,
        IReadOnlyDictionary<string, string>? variables = null
    )
    {
        ProcessStartInfo start = new(Shell.Program[0], [Shell.Program[1], "study", "run", study, "--executor", "slurm", .. words ?? []])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["FAKE"] = Place;
        start.Environment["PATH"] = $"{Place}:{Environment.GetEnvironmentVariable("PATH")}";
        foreach ((string name, string value) in variables ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        // A line that is long is broken.
        string output = string.Join(' ', process.StandardOutput.ReadToEnd().Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries));
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
