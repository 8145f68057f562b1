using System.Diagnostics;
using System.Globalization;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Bench;

/// <summary>
/// How long a study of a thousand finished runs takes to open: <c>study status</c> and <c>study runs --csv</c> as whole
/// processes of a built program, in turn with one that opens nothing, as a table in Markdown.
/// </summary>
internal static class ThousandRuns
{
    private const int Runs = 1000;

    public static void Run(string program, int rounds)
    {
        string place = Directory.CreateTempSubdirectory("moescale-thousand").FullName;
        try
        {
            string file = Make(place);
            (string Name, string[] Arguments, List<double> Seconds)[] commands =
            [
                ("study status", ["study", "status", file], []),
                ("study status --json", ["study", "status", file, "--json"], []),
                ("study runs --csv", ["study", "runs", file, "--csv"], []),
                ("laws", ["laws"], []),
            ];
            for (int i = 0; i < rounds; i++)
            {
                foreach ((_, string[] arguments, List<double> seconds) in commands)
                {
                    seconds.Add(Time(program, arguments));
                }
            }
            Console.WriteLine("| command | min | median | max |\n| --- | --- | --- | --- |");
            foreach ((string name, _, List<double> seconds) in commands)
            {
                seconds.Sort();
                Console.WriteLine(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"| {name} | {seconds[0]:0.000} | {seconds[rounds / 2]:0.000} | {seconds[^1]:0.000} |"
                    )
                );
            }
        }
        finally
        {
            Directory.Delete(place, recursive: true);
        }
    }

    // The folders as a study leaves them, but for the weights.
    private static string Make(string place)
    {
        string file = Path.Combine(place, "thousand.yaml");
        File.WriteAllText(
            file,
            $$"""
            id: thousand
            text: synthetic
            family: joint-2025
            model: { context: 16, n_blocks: 1, n_heads: 2 }
            grid: { d_model: 16, seed: [{{string.Join(", ", Enumerable.Range(0, Runs))}}] }
            train: { tokens: 4k, batch_tokens: 256, eval_tokens: 512 }
            """
        );
        Study study = StudyFile.Read(file);
        StudyFolder folder = StudyFolder.At(study.DefaultFolder);
        foreach (CellFolder cell in study.Cells.Select(folder.Of))
        {
            cell.Begin(study.Text);
            Directory.CreateDirectory(cell.RunPath);
            File.WriteAllText(
                cell.ResultsPath,
                $$"""{"model":"thousand","loss":{{2 + (cell.Cell.Seed / 1e4)}},"tokens":4000,"training_loss":2.5,"seconds":0.5}"""
            );
        }
        return file;
    }

    private static double Time(string program, string[] arguments)
    {
        Stopwatch clock = Stopwatch.StartNew();
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? clock.Elapsed.TotalSeconds
            : throw new InvalidOperationException($"{program} {arguments[0]} ended with {process.ExitCode}");
    }
}
