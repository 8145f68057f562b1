using BenchmarkDotNet.Running;

// Choose with --filter, e.g. --filter '*Plan*'; results are kept under benchmarks/.
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
