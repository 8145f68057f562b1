using MoeScale.Basics;
using MoeScale.Studies.Files;

namespace MoeScale.Studies.Tests;

/// <summary>What a study asks of Slurm, read and worked out for each cell before anything is queued.</summary>
public sealed class SlurmRequestTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Study Read(string slurm) => TinyStudy.Read(_folder, $"{TinyStudy.Text}\nslurm: {slurm}\n");

    /// <summary>d16: 8,000·0.8 and two decays of 0.2 of 4,000 and 8,000 are 8,800 tokens; what is no whole number is rounded up.</summary>
    [Theory]
    [InlineData("{ nodes: 2 }", "--nodes=2")]
    [InlineData("{ nodes: d_model/10 }", "--nodes=2")]
    [InlineData("{ nodes: d_model/16 }", "--nodes=1")]
    [InlineData("{ nodes: 2-4 }", "--nodes=2-4")]
    [InlineData("{ time: tokens/1000 }", "--time=9")]
    [InlineData("{ time: 1-12:30:00 }", "--time=1-12:30:00")]
    [InlineData("{ time: 90 }", "--time=90")]
    [InlineData("{ mem: 64G }", "--mem=64G")]
    [InlineData("{ mem: 1GiB }", "--mem=1024M")]
    [InlineData("{ mem: 1e9 + 16*1024*1024*d_model - 1e9 }", "--mem=256M")]
    [InlineData("{ gres: \"gpu:a100:{d_model/5},nvme:{2*n_blocks}\" }", "--gres=gpu:a100:4,nvme:2")]
    [InlineData("{ gpus: h100:4 }", "--gpus=h100:4")]
    [InlineData(
        "{ gpus_per_node: 8, ntasks_per_node: 8, cpus: 16, licenses: \"a@b:1\" }",
        "--gpus-per-node=8 --ntasks-per-node=8 --cpus-per-task=16 --licenses=a@b:1"
    )]
    public void Option_OfACell_IsAsSbatchHasIt(string slurm, string expected)
    {
        Study study = Read(slurm);
        Assert.Equal(expected, string.Join(' ', study.Slurm.Of(study.Cells[0])));
    }

    [Theory]
    [InlineData("{ node: 2 }", "'slurm.node' is not known here (did you mean 'nodes'?)")]
    [InlineData("{ array: 0-3 }", "'slurm.array' is not known here")]
    [InlineData("{ nodes: size/2 }", "'size/2' reads 'size', which no cell has")]
    [InlineData("{ nodes: d_model - 16 }", "'slurm.nodes' of cell 'd16' comes out as 0; it needs a number above 0")]
    [InlineData("{ nodes: 1/(d_model - 24) }", "'slurm.nodes' of cell 'd16' comes out as -0.125")]
    [InlineData("{ time: 1e400 }", "'slurm.time'")]
    [InlineData("{ mem: 64000 }", "'slurm.mem' '64000' has no unit. Write for example 64000GB")]
    [InlineData("{ gres: \"gpu:{d_model/16\" }", "'slurm.gres' has a '{' without its '}'")]
    [InlineData("{ gres: \"gpu:{}\" }", "'slurm.gres'")]
    [InlineData("{ comment: \"a\\nb\" }", "'slurm.comment' has a new line")]
    [InlineData("{ at_once: 0 }", "'at_once' is 0; it needs a whole number from 1")]
    [InlineData("{ report: { time: d_model } }", "'slurm.report.time' is a formula of a cell, and the job that reports is of all cells")]
    [InlineData("{ report: { at_once: 1 } }", "'slurm.report.at_once' is not known here")]
    public void Option_ThatCannotBe_SaysLineAndCure(string slurm, string expected)
    {
        UserException e = Assert.Throws<UserException>(() => Read(slurm));
        Assert.Contains("tiny.yaml:7:", e.Message);
        Assert.Contains(expected, e.Message);
    }

    /// <summary>Whose the jobs are holds for the one that reports too, unless it has its own; what training needs does not.</summary>
    [Fact]
    public void Report_HasOfTheTasksWhoseTheyAre() =>
        Assert.Equal(
            ["--account=a", "--qos=q", "--partition=cpu", "--mem=1024M"],
            Read("{ account: a, partition: gpu, qos: q, gres: gpu:4, time: 10, report: { partition: cpu, mem: 1GiB } }").Slurm.Report
        );
}
