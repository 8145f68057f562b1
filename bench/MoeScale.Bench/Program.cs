using System.Globalization;
using BenchmarkDotNet.Running;
using MoeScale.Bench;

// "coverage 200" studies intervals (of one kind: "coverage 200 profile"), "own TABLE 300" those of rows that scatter as
// real ones, "trunks TABLE 150" those of runs that share trunks, "seeds 100 512" looks for minima that other seeds
// miss, "matmul 1" measures matrix products for a second a shape, "ops 21" times the other kernels of training,
// "experts 5" times steps with 1 to 128 times the parameters, in experts of 1/1 to 1/16 of the width, on two threads,
// "thousand PROGRAM 15" times how a built program opens a study of 1,000 runs; everything else goes to the benchmarks:
// choose with --filter, e.g. --filter '*Plan*'. Results are kept under bench/results/.
if (args is ["coverage", string repetitions, .. string[] kinds])
{
    Coverage.Run(Whole(repetitions), kinds.Length > 0 ? kinds : ["curvature", "profile", "bootstrap"]);
    return;
}
if (args is ["own", string table, string signs])
{
    OwnResiduals.Run(table, Whole(signs));
    return;
}
if (args is ["trunks", string runs, string noises])
{
    Trunks.Run(runs, Whole(noises));
    return;
}
if (args is ["alarms", string drawn])
{
    Trunks.Alarms(Whole(drawn));
    return;
}
if (args is ["seeds", string tables, string starts])
{
    SeedTrials.Run(Whole(tables), Whole(starts));
    return;
}
if (args is ["matmul", string seconds, .. string[] only])
{
    MatrixProducts.Run(double.Parse(seconds, CultureInfo.InvariantCulture), only is [string part] ? part : "");
    return;
}
if (args is ["experts", string timed, .. string[] threads])
{
    ExpertCosts.Run(Whole(timed), threads is [string count] ? Whole(count) : 2);
    return;
}
if (args is ["thousand", string program, string times])
{
    ThousandRuns.Run(program, Whole(times));
    return;
}
if (args is ["ops", string rounds])
{
    OpsBenchmarks.Run(Whole(rounds));
    return;
}
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);

static int Whole(string text) => int.Parse(text, CultureInfo.InvariantCulture);
