using BenchmarkDotNet.Running;
using MoeScale.Bench;

// "coverage 200" studies intervals, "matmul 1" measures matrix products for a second a shape, "ops 21" times the other kernels of training; everything
// else goes to the benchmarks: choose with --filter, e.g. --filter '*Plan*'.
// Results are kept under benchmarks/.
if (args is ["coverage", string repetitions])
{
    Coverage.Run(int.Parse(repetitions, System.Globalization.CultureInfo.InvariantCulture));
    return;
}
if (args is ["matmul", string seconds, .. string[] only])
{
    MatrixProducts.Run(double.Parse(seconds, System.Globalization.CultureInfo.InvariantCulture), only is [string part] ? part : "");
    return;
}
if (args is ["ops", string rounds])
{
    OpsBenchmarks.Run(int.Parse(rounds, System.Globalization.CultureInfo.InvariantCulture));
    return;
}
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
