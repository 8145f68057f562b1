using MoeScale.Cli;
using MoeScale.Cli.Output;

if (!OperatingSystem.IsWindows())
{
    // The console's own writer first reads the description of the terminal and then flushes each line.
    Console.SetOut(new StreamWriter(new OutputStream(Console.OpenStandardOutput())));
}
else
{
    Console.OutputEncoding = System.Text.Encoding.UTF8;
}

// What another thread throws would end the program with the system's words.
AppDomain.CurrentDomain.UnhandledException += (_, e) => Environment.Exit(CommandLine.Tell((Exception)e.ExceptionObject));
return CommandLine.Run(args);
