using MoeScale.Studies.Tests;

namespace MoeScale.Cli.Tests.Studies;

/// <summary>
/// What sites print around Slurm's answers, and what a shell says of other jobs: nothing is queued twice, and no job is lost.
/// </summary>
public sealed class SlurmSiteTests : IDisposable
{
    private const string Banner = "echo '-----'; echo '  Welcome to 3 new nodes'; echo; echo '--> Checking allocation...OK'";

    private readonly TemporaryFolder _folder = new();
    private readonly FakeSlurm _fake;
    private readonly string _study;

    public SlurmSiteTests()
    {
        _fake = new FakeSlurm(_folder);
        _study = TinyStudy.Write(_folder);
        _fake.Make("scontrol", $"{Banner}; echo 'MaxArraySize            = 1001'");
        _fake.Queue("");
    }

    public void Dispose() => _folder.Dispose();

    private string Script(string name) => _folder.In("tiny", "slurm", name);

    [Fact]
    public void Answers_AmongWhatASitePrints_AreFound()
    {
        _fake.Make("sbatch", $"{FakeSlurm.CountingSbatch}\n{Banner}\necho 'sbatch: info: charged to 12' >&2; echo \"$id;north\"; echo");
        (int code, string output, string error) = _fake.Run(_study);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("queued job 1 with 2 tasks, and job 2, which fits", output);
        Assert.Contains("--dependency=afterany:1 ", _fake.Asked[1]);

        // Of several clusters each is asked for its own jobs, and heads its answer.
        _fake.Queue("  Welcome to 3 new nodes\nCLUSTER: north\n1 0 RUNNING\n1 1 PENDING\n2 N/A PENDING\n1 job is yours\n9 9 RUNNING\n");
        (code, output, error) = _fake.Run(_study);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("2 cells are queued already, as 1, with", output);
        Assert.Contains("--clusters=north", File.ReadAllText(Path.Combine(_fake.Place, "squeue.txt")));
        Assert.Equal(2, _fake.Asked.Length);
    }

    [Fact]
    public void Cell_ThatIsAlone_IsOne()
    {
        string study = TinyStudy.Write(_folder, TinyStudy.Text.Replace("[16, 24]", "[16]", StringComparison.Ordinal));
        _fake.Make("sbatch", $"{FakeSlurm.CountingSbatch}\necho $id");
        Assert.Contains("queued job 1 with 1 task, and job 2, which fits", _fake.Run(study).Output);
        _fake.Queue("1 0 PENDING\n2 N/A PENDING\n");
        Assert.Contains("1 cell is queued already, as 1, with", _fake.Run(study).Output);
    }

    [Theory]
    [InlineData("echo $id; echo 'have a nice day'", "have a nice day")]
    [InlineData("echo \"Submitted: $id!\"", "Submitted: 1!")]
    [InlineData(":", "")]
    [InlineData("echo 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation' >&2; exit 1", null)]
    public void Job_WhoseNumberIsLost_IsFoundByItsScript(string answer, string? last)
    {
        _fake.Make("sbatch", $"{FakeSlurm.CountingSbatch}\n{answer}");
        (int code, _, string error) = _fake.Run(_study);
        Assert.Equal(2, code);
        Assert.StartsWith(
            last is null
                ? "moescale: sbatch failed: 'sbatch: error: Batch job submission failed: Socket timed out"
                : $"moescale: sbatch told no number of the job that it queued, and its last line is '{last}'",
            error
        );
        Assert.Single(_fake.Asked);

        // A squeue that answers something else cannot tell: nothing is queued.
        _fake.Make("sbatch", $"{FakeSlurm.CountingSbatch}\necho $id");
        _fake.Queue("7 0 PENDING\n");
        (code, _, error) = _fake.Run(_study);
        Assert.Equal(2, code);
        Assert.Contains($"a job of {Script("1.sh")} may be queued", error);
        Assert.Single(_fake.Asked);

        // It is queued, beside a stranger's: only the job that reports is added.
        _fake.Queue($"moescale 6 (null)\nmoescale 7 {Script("1.sh")}\nmoescale 7 {Script("1.sh")}\n7 0 PENDING\n7 1 PENDING\n");
        (code, string output, error) = _fake.Run(_study);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("2 cells are queued already, as 7, with", output);
        Assert.Contains("queued job 2, which fits", output);
        Assert.Contains("--dependency=afterany:7 ", _fake.Asked[1]);
    }

    [Fact]
    public void Job_WhoseNumberIsLostAndThatIsNotQueued_IsQueuedAgain()
    {
        _fake.Make("sbatch", $"{FakeSlurm.CountingSbatch}");
        Assert.Equal(2, _fake.Run(_study).Code);
        _fake.Make("sbatch", $"{FakeSlurm.CountingSbatch}\necho $id");
        Assert.Contains("queued job 2 with 2 tasks, and job 3, which fits", _fake.Run(_study).Output);
    }

    [Fact]
    public void Report_ThatIsRefused_LeavesTheTasksQueuedAndKnown()
    {
        _fake.Make(
            "sbatch",
            $"{FakeSlurm.CountingSbatch}\n{Banner}\ncase \"$*\" in *--dependency*) echo 'sbatch: error: Batch job submission failed: "
                + $"Requested GRES option unsupported' >&2; exit 1;; esac\necho $id"
        );
        (int code, _, string error) = _fake.Run(_study);
        Assert.Equal(2, code);
        Assert.Contains(
            "sbatch: error: Batch job submission failed: Requested GRES option unsupported'. Its options come from --sbatch-report and "
                + "'slurm' of the study. Before that, job 1 with 2 tasks was queued and stays so; the same command goes on from there.",
            error
        );
        _fake.Make("sbatch", $"{FakeSlurm.CountingSbatch}\necho $id");
        _fake.Queue("1 0 PENDING\n1 1 PENDING\n");
        (code, string output, error) = _fake.Run(_study);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("2 cells are queued already, as 1, with", output);
        Assert.Contains("queued job 3, which fits", output);
    }

    /// <summary>A study that is started inside a job, in a shell with options of other jobs.</summary>
    [Fact]
    public void Variables_OfOtherJobs_ReachNone()
    {
        _fake.Make("sbatch", $"{FakeSlurm.CountingSbatch}\necho $id");
        Dictionary<string, string> variables = new()
        {
            ["SLURM_JOB_ID"] = "77",
            ["SLURM_MEM_PER_NODE"] = "1024",
            ["SLURM_CONF"] = "/etc/slurm/slurm.conf",
            ["SBATCH_ARRAY_INX"] = "0-99",
            ["SBATCH_OUTPUT"] = "elsewhere",
            ["SBATCH_ACCOUNT"] = "mine",
            ["SBATCH_GRES"] = "gpu:8",
            ["SQUEUE_STATES"] = "RUNNING",
        };
        Assert.Equal(0, _fake.Run(_study, variables: variables).Code);
        Assert.Equal(["SBATCH_ACCOUNT=mine", "SBATCH_GRES=gpu:8", "SLURM_CONF=/etc/slurm/slurm.conf"], OfSlurm("1.env"));
        Assert.Equal(["SBATCH_ACCOUNT=mine", "SLURM_CONF=/etc/slurm/slurm.conf"], OfSlurm("2.env"));
        _fake.Run(_study, variables: variables);
        Assert.DoesNotContain("SQUEUE_STATES=RUNNING", OfSlurm("squeue.env"));

        string[] OfSlurm(string file) =>
            [
                .. File.ReadAllLines(Path.Combine(_fake.Place, file))
                    .Where(l =>
                        l.StartsWith('S')
                        && (
                            l.StartsWith("SLURM_", StringComparison.Ordinal)
                            || l.StartsWith("SBATCH_", StringComparison.Ordinal)
                            || l.StartsWith("SQUEUE_", StringComparison.Ordinal)
                        )
                    ),
            ];
    }

    [Fact]
    public void Report_HasOptionsOfItsOwn()
    {
        _fake.Make("sbatch", $"{FakeSlurm.CountingSbatch}\necho $id");
        string[] words =
        [
            "--threads",
            "4",
            "--sbatch=--gres=gpu:8",
            "--sbatch=--time=24:00:00",
            "--sbatch=-Amine",
            "--sbatch=--partition",
            "--sbatch=gpu",
            "--sbatch-report=--partition=cpu",
            "--sbatch-report=--time=10",
        ];
        (int code, _, string error) = _fake.Run(_study, words);
        Assert.Equal((0, ""), (code, error));
        Assert.EndsWith($"--cpus-per-task=4 --gres=gpu:8 --time=24:00:00 -Amine --partition gpu {Script("1.sh")}", _fake.Asked[0]);
        Assert.EndsWith($"--dependency=afterany:1 -Amine --partition gpu --partition=cpu --time=10 {Script("report.sh")}", _fake.Asked[1]);
        foreach (
            (string option, string expected) in (ReadOnlySpan<(string, string)>)
                [
                    (
                        "--sbatch=--array=0-3%2",
                        "sbatch's --array=0-3%2 is not for a study, which queues arrays of its own with a task for each cell. Leave it "
                            + "out; 'at_once' under 'slurm'"
                    ),
                    ("--sbatch=--wait", "sbatch's --wait is not for a study"),
                    ("--sbatch-report=-d", "sbatch's -d is not for the job that reports, which waits for all tasks"),
                ]
        )
        {
            (code, _, error) = _fake.Run(_study, [option]);
            Assert.Equal(2, code);
            Assert.Contains(expected, error);
        }
        Assert.Equal(2, _fake.Asked.Length);
    }

    /// <summary>Cells whose tasks need the same are one array, the most expensive first.</summary>
    [Fact]
    public void Resources_OfCells_MakeArraysOfTheirOwn()
    {
        string study = TinyStudy.Write(
            _folder,
            $"{TinyStudy.Text.Replace("[16, 24]", "[16, 24, 32]", StringComparison.Ordinal)}\nslurm: {{ partition: gpu, gres: "
                + $"\"gpu:{{d_model/24}}\", time: tokens/1000, cpus: 3, at_once: 2, report: {{ time: 5 }} }}\n"
        );
        _fake.Make("sbatch", $"{FakeSlurm.CountingSbatch}\necho $id");
        (int code, string output, string error) = _fake.Run(study);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains(
            "queued job 1 with 1 task (--partition=gpu --gres=gpu:2 --time=9 --cpus-per-task=3), job 2 with 2 tasks (--partition=gpu "
                + "--gres=gpu:1 --time=9 --cpus-per-task=3), and job 3, which fits",
            output
        );
        Assert.Equal(["d32\n", "d24\nd16\n"], Enumerable.Range(1, 2).Select(i => File.ReadAllText(Script($"{i}.cells"))));
        Assert.Contains("--array=0-1%2 ", _fake.Asked[1]);
        Assert.EndsWith($"--dependency=afterany:1:2 --partition=gpu --time=5 {Script("report.sh")}", _fake.Asked[2]);
        // Threads that are asked for go before those of the study.
        _fake.Run(study, ["--threads", "7"]);
        Assert.EndsWith($"--cpus-per-task=3 --cpus-per-task=7 {Script("3.sh")}", _fake.Asked[3]);
    }
}
