using System.Diagnostics;
using System.Globalization;

namespace MoeScale.Fuzz.Tests;

/// <summary>
/// Valid inputs of every kind and valid command lines, changed at random: the command ends with 0, 1 or 2, in bounded memory, and says
/// nothing of a fault.
/// MOESCALE_FUZZ_SECONDS and MOESCALE_FUZZ_SEED make it longer or another one; MOESCALE_FUZZ_CASE repeats one case alone, and keeps its
/// folder.
/// </summary>
public class FuzzTests
{
    private const double DefaultSeconds = 25;
    private const int MaxFaults = 10;

    // A case takes a tenth of a second; one that takes so long on a busy machine will not end.
    private static readonly TimeSpan Hang = TimeSpan.FromMinutes(2);
    private const long MaxBytes = 3L << 30;

    private static string? _case;
    private static long _begun;

    [Fact]
    public void Command_OnChangedInputs_EndsWithAnAnswerOrAMistakeOfTheUser()
    {
        double seconds = Number("MOESCALE_FUZZ_SECONDS") ?? DefaultSeconds;
        int seed = (int)(Number("MOESCALE_FUZZ_SEED") ?? 1);
        int? only = (int?)Number("MOESCALE_FUZZ_CASE");
        using Timer watch = new(_ => EndIfItHangs(), null, Hang / 10, Hang / 10);
        FuzzFolder pristine = new();
        string work = FuzzFolder.New("moescale-fuzzed");
        Environment.CurrentDirectory = work;
        List<string> faults = [];
        long start = Stopwatch.GetTimestamp();
        int count = only ?? 0;
        for (
            ;
            faults.Count < MaxFaults && (count == only || (only is null && Stopwatch.GetElapsedTime(start).TotalSeconds < seconds));
            count++
        )
        {
            // Of the case alone, so that each can be repeated without those before.
            Random random = new(Mixed(seed, count));
            (string told, string[] arguments) = Prepare(pristine.Path, work, count, random);
            _case = $"seed {seed}, case {count}: {told}: {string.Join(' ', arguments)}";
            Volatile.Write(ref _begun, Stopwatch.GetTimestamp());
            (int code, string error) = CommandInProcess.Run(arguments);
            Volatile.Write(ref _begun, 0);
            if (code is not (0 or 1 or 2) || error.Contains("the memory of this machine", StringComparison.Ordinal))
            {
                faults.Add($"{_case}: exit code {code}. {error}");
            }
        }
        Environment.CurrentDirectory = Path.GetTempPath();
        if (only is null)
        {
            Directory.Delete(work, recursive: true);
            pristine.Dispose();
        }
        using Process self = Process.GetCurrentProcess();
        TestContext.Current.TestOutputHelper?.WriteLine(
            FormattableString.Invariant($"{count} cases, {self.PeakWorkingSet64 >> 20} MiB at most")
        );
        Assert.Empty(faults);
        Assert.InRange(self.PeakWorkingSet64, 0, MaxBytes);
    }

    private static (string Told, string[] Arguments) Prepare(string pristine, string work, int count, Random random)
    {
        bool isLine = count % (FuzzCases.Files.Length + 3) >= FuzzCases.Files.Length;
        if (isLine)
        {
            Renew(pristine, work, "");
            return ("command line", Changed(FuzzCases.Lines[random.Next(FuzzCases.Lines.Length)].Split(' '), random));
        }
        FuzzCase kind = FuzzCases.Files[count % (FuzzCases.Files.Length + 3)];
        string input = kind.Inputs[random.Next(kind.Inputs.Length)];
        Renew(pristine, work, input);
        string target = Path.Combine(work, input);
        if (Directory.Exists(target))
        {
            string[] files = [.. Directory.GetFiles(target, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
            target = files[random.Next(files.Length)];
        }
        if (random.Next(40) == 0)
        {
            File.Delete(target);
        }
        else
        {
            File.WriteAllBytes(target, Mutation.Of(File.ReadAllBytes(target), random));
        }
        string command = kind.Commands[random.Next(kind.Commands.Length)];
        return (Path.GetRelativePath(work, target), command.Replace("@", input, StringComparison.Ordinal).Split(' '));
    }

    // What the case before may have changed; folders of other kinds are not looked at.
    private static void Renew(string pristine, string work, string input)
    {
        foreach (string folder in Directory.GetDirectories(work))
        {
            string name = Path.GetFileName(folder);
            if (
                name is not ("run" or "study")
                || name == input
                || input.Length == 0
                || !Directory.Exists(Path.Combine(pristine, name))
                || _case?.Contains(name, StringComparison.Ordinal) == true
            )
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        foreach (string file in Directory.GetFiles(pristine))
        {
            File.Copy(file, Path.Combine(work, Path.GetFileName(file)), overwrite: true);
        }
        foreach (string name in (string[])["run", "study", input])
        {
            string from = Path.Combine(pristine, name);
            if (name.Length > 0 && Directory.Exists(from) && !Directory.Exists(Path.Combine(work, name)))
            {
                FuzzFolder.Copy(from, Path.Combine(work, name));
            }
        }
    }

    private static string[] Changed(string[] words, Random random)
    {
        List<string> changed = [.. words];
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            // The verb stays: it decides what is tried.
            int at = random.Next(1, changed.Count);
            string word = Mutation.Words[random.Next(Mutation.Words.Length)].Replace("\\ud800", "\ud800", StringComparison.Ordinal);
            switch (random.Next(6))
            {
                case 0:
                    changed.RemoveAt(at);
                    break;
                case 1:
                    changed.Insert(at, changed[random.Next(changed.Count)]);
                    break;
                case 2:
                    changed[at] = string.Concat(changed[at].AsSpan(0, random.Next(changed[at].Length + 1)), word);
                    break;
                default:
                    changed[at] = word;
                    break;
            }
            if (changed.Count < 2)
            {
                break;
            }
        }
        // Of whatever is trained in earnest, the time grows with the numbers.
        return changed[0] == "train" ? [.. changed, "--dry-run"] : [.. changed];
    }

    private static void EndIfItHangs()
    {
        long begun = Volatile.Read(ref _begun);
        if (begun != 0 && Stopwatch.GetElapsedTime(begun) > Hang)
        {
            Environment.FailFast($"This case does not end: {_case}");
        }
    }

    private static int Mixed(int seed, int count) => unchecked((seed * 1_000_003) ^ (count * 7919));

    private static double? Number(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? double.Parse(text, CultureInfo.InvariantCulture) : null;
}
