using MoeScale.Basics;

namespace MoeScale.Cli.Tests;

/// <summary>How the command ends where something is wrong: with the program, with the user's input, or with what it is read from.</summary>
public sealed class EndingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<Exception, int, string> Thrown =>
        new()
        {
            {
                new InvalidOperationException("Two\nlines."),
                70,
                "moescale: a fault of this program, InvalidOperationException: Two lines. Please report it with the command and its "
                    + "files. MOESCALE_DEBUG=1 shows where.\n"
            },
            {
                new AggregateException(new InvalidOperationException("One."), new UserException("No such thing.")),
                2,
                "moescale: No such thing.\n"
            },
            {
                new AggregateException(new AggregateException(new ArithmeticException("NaN."))),
                70,
                "moescale: a fault of this program, ArithmeticException: NaN. Please report it"
            },
            { new InsufficientMemoryException(), 2, "moescale: the memory of this machine does not suffice." },
        };

    [Theory]
    [MemberData(nameof(Thrown))]
    public void Tell_OfAnException_IsOneLineAndACode(Exception thrown, int code, string expected)
    {
        TextWriter before = Console.Error;
        using StringWriter error = new() { NewLine = "\n" };
        try
        {
            Console.SetError(error);
            Assert.Equal(code, CommandLine.Tell(thrown));
        }
        finally
        {
            Console.SetError(before);
        }
        Assert.StartsWith(expected, error.ToString());
        Assert.Single(error.ToString(), c => c == '\n');
    }

    [Fact]
    public void Fit_OfStandardInput_ReadsIt()
    {
        string[] options = ["--law", "joint-2025", "--starts", "4", "--no-profile", "--json"];
        Finished run = Shell.Line($"cat '{Repository.SampleRuns}' | {Shell.ProgramLine} fit - {string.Join(' ', options)}", _folder.Path);
        Assert.Equal("", run.Error);
        Assert.Equal(
            WithoutClock(
                Shell
                    .MoeScale(["fit", Repository.SampleRuns, .. options])
                    .Output.Replace(Repository.SampleRuns, "standard input", StringComparison.Ordinal)
            ),
            WithoutClock(run.Output)
        );

        static string WithoutClock(string json) =>
            string.Join('\n', json.Split('\n').Where(l => !l.Contains("\"seconds\"", StringComparison.Ordinal)));
    }

    /// <summary>Whatever a file is needed for; none of these may wait for a pipe that nobody writes to.</summary>
    [Theory]
    [InlineData(
        "fit @ --law chinchilla-2024",
        "is a pipe or a device; a file of runs, CSV, JSON or Parquet, is needed. Give '-' and send it to standard input, or save it first."
    )]
    [InlineData("plan --flops 1e20 --law @", "is a pipe or a device; a file is needed. Save it first.")]
    [InlineData("cost @", "is a pipe or a device; a file is needed.")]
    [InlineData("plan --flops 1e20 --family @", "is a pipe or a device; a file is needed.")]
    [InlineData("study plan @ --out x", "is a pipe or a device; a file is needed.")]
    [InlineData(
        "train --family joint-2025 --d-model 64 --context 16 --tokens 1k --batch-tokens 64 --text ./@ --out x",
        "is a pipe or a device; a file, which can be read again, is needed."
    )]
    public void Command_OnAPipeOrADevice_IsRefusedAtOnce(string arguments, string expected)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Other systems have no such files.");
        Shell.Line("mkfifo pipe.yaml; ln -s /dev/zero zero.yaml", _folder.Path);
        foreach (string name in (string[])["pipe.yaml", "zero.yaml"])
        {
            Finished run = Shell.MoeScaleIn(_folder.Path, arguments.Replace("@", name, StringComparison.Ordinal).Split(' '));
            Assert.Equal((2, ""), (run.ExitCode, run.Output));
            Assert.Contains($"{name} {expected}", run.Error);
        }
    }
}
