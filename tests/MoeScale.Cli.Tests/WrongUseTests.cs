using System.Text.RegularExpressions;

namespace MoeScale.Cli.Tests;

/// <summary>Wrong use and bad input: what was given, what is needed, how to cure it; exit code 2; nothing on standard output.</summary>
public partial class WrongUseTests
{
    [Theory]
    [InlineData(
        "pln",
        "'pln' is not a verb of 'moescale' (did you mean 'plan'?). Known are plan, fit, import, export, cost, train, eval, sample, study, "
            + "laws, reproduce, bench."
    )]
    [InlineData("pln --help", "'pln' is not a verb of 'moescale' (did you mean 'plan'?).")]
    [InlineData("study bogus --help", "'bogus' is not a verb of 'moescale study'. Known are plan, run, ")]
    [InlineData("laws bogus -h", "'bogus' is not a verb of 'moescale laws'. Known are show, eval.")]
    [InlineData("plan --flop 1e22", "'--flop' is not an option of 'moescale plan' (did you mean '--flops'?). See 'moescale plan --help'.")]
    [InlineData("plan 1e22", "'1e22' is not an argument of 'moescale plan'.")]
    [InlineData("plan", "plan needs a compute budget. Give it with --flops, for example --flops 1e22, or with --gpus and --days.")]
    [InlineData("plan --flops", "Required argument missing for option: '--flops'.")]
    [InlineData("plan --flops -3", "--flops '-3' must be above zero.")]
    [InlineData("plan --flops 0", "--flops '0' must be above zero.")]
    [InlineData("plan --flops 1e", "--flops '1e' is not a number: the digits after the 'e' are missing.")]
    [InlineData("plan --flops 80XB", "--flops '80XB' has the unknown suffix 'XB'.")]
    [InlineData("plan --flops nan", "--flops 'nan' is not a number.")]
    [InlineData("plan --flops 1e999", "--flops '1e999' is too large")]
    [InlineData("plan --flops 1e300", "--flops 1e300 is more than 1e40, the most that makes sense here.")]
    [InlineData("plan --flops 1e22 --multiple-of 1e10", "--multiple-of 1e10 is more than 1e6")]
    [InlineData("plan --flops 1e22 --experts 1e300", "--experts 1E+300 makes no sense: it needs whole numbers from 1 to 1000000")]
    [InlineData("plan --flops 1e22 --flops 1e23", "Option '--flops' expects a single argument")]
    [InlineData("plan --flops 1e22 --memory 80B", "--memory '80B' is ambiguous")]
    [InlineData("plan --flops 1e22 --memory 80XB", "--memory '80XB' has the unknown unit 'XB'.")]
    [InlineData("plan --flops 1e22 --memory -80GB", "--memory '-80GB' must be above zero.")]
    [InlineData("plan --flops 1e22 --kv-tokens -1", "--kv-tokens '-1' must not be below zero.")]
    [InlineData("plan --flops 1e22 --experts 0", "--experts '0' must be above zero.")]
    [InlineData("plan --flops 1e22 --experts 1.5", "--experts 1.5 makes no sense: it needs whole numbers from 1 to 1000000")]
    [InlineData("plan --flops 1e22 --experts 1,,2", "--experts '' is not a number; a list has commas between its numbers")]
    [InlineData("plan --flops 1e22 --granularity 8", "'joint-2025' holds for granularity 1 only, not for 8. Use --law fine-grained-2024")]
    [InlineData(
        "plan --flops 1e22 --weights bf61",
        "--weights 'bf61' is no number type (did you mean 'bf16'?). Known are fp32, bf16, fp16, fp8, int8, mxfp4, nvfp4, int4."
    )]
    [InlineData("plan --flops 1e22 --continuous --multiple-of 32", "--continuous and --multiple-of contradict each other")]
    [InlineData("plan --flops 1e22 --continuous --out m.yaml", "--continuous and --out contradict each other")]
    [InlineData("plan --flops 1e22 --multiple-of 6.4", "--multiple-of '6.4' must be a whole number")]
    [InlineData(
        "plan --flops 1e22 --law joint",
        "'joint' is not in the catalog of laws (did you mean 'joint-2025' or 'joint-2025-lr'?). Known: abnar-2025, chinchilla-2022"
    )]
    [InlineData("plan --flops 1e22 --law no-such.yaml", "no-such.yaml cannot be read: there is no such file.")]
    [InlineData(
        "plan --flops 1e22 --law step-2025-lr",
        "'step-2025-lr' predicts learning_rate; a plan needs a law that predicts loss, such as joint-2025."
    )]
    [InlineData(
        "plan --flops 1e22 --law chinchilla-2024 --experts 8",
        "'chinchilla-2024' holds for experts 1 only, not for 8. Use --law abnar-2025 or --law joint-2025."
    )]
    [InlineData("plan --flops 1e22 --family llama", "'llama' is not in the catalog of families.")]
    [InlineData(
        "plan --flops 1e22 --out /no/such/folder/m.yaml",
        "--out '/no/such/folder/m.yaml' cannot be written: there is no such folder."
    )]
    [InlineData("plan --flops 1e22 --max-tokens 0.5", "--max-tokens '0.5' is less than one token.")]
    [InlineData("laws eval joint-2025 N=1e9 D=2e10 E=0", "E=0 makes no sense: experts is at least 1.")]
    [InlineData("laws show", "Required argument 'law' missing for command: 'show'.")]
    [InlineData("laws show nope", "'nope' is not in the catalog of laws.")]
    [InlineData(
        "laws eval joint-2025 N=1e9 D=2e10",
        "'joint-2025' needs a value for E. Its variables: N (active parameters with embedding and head), D (training tokens), E ("
    )]
    [InlineData(
        "laws eval joint-2025 N=1e9 D=2e10 E=2 top_k=2",
        "'joint-2025' does not speak of such a model: top_k is 2, not 1. It holds for granularity 1, top_k 1, "
    )]
    [InlineData(
        "laws eval chinchilla-2024 N=1e9 D=2e10 experts=8",
        "'chinchilla-2024' does not speak of such a model: experts is 8, not 1."
    )]
    [InlineData(
        "fit --template --json",
        "--template prints a law file to fill in, which is YAML, and fits nothing: --json says nothing to it."
    )]
    [InlineData(
        "fit --template --law joint-2025 --out a.yaml",
        "--template prints a law file to fill in, which is YAML, and fits nothing: --out says nothing to it."
    )]
    [InlineData("help plam", "'plam' is not a verb of 'moescale' (did you mean 'plan'?). Known are plan, fit, ")]
    [InlineData("help plan quickly", "'quickly' is not a verb of 'moescale plan'. See 'moescale plan --help'.")]
    [InlineData("laws eval joint-2025 N=1e9 D=2e10 G=8", "'G' is no variable of 'joint-2025'. Its variables: N (")]
    [InlineData("laws eval joint-2025 N=1e9 N=2e9", "'N' is given twice.")]
    [InlineData("laws eval joint-2025 1e9", "'1e9' gives no value. Write name=value, such as N=1e9.")]
    [InlineData(
        "laws eval joint-2025 N=-1e9 D=2e10 E=8",
        "'joint-2025' gives no finite number at N=-1000000000 D=20000000000 E=8: that is outside the formula's domain. Its experiments: "
            + "active_params 78.7M to 2.72B;"
    )]
    [InlineData("laws eval joint-2025 N=lots D=2e10 E=8", "N 'lots' is not a number.")]
    [InlineData("reproduce", "Required argument 'paper' missing for command: 'reproduce'.")]
    [InlineData("reproduce joints", "'joints' is no paper (did you mean 'joint'?). Known are joint, fine-grained, step-law and all.")]
    public void Command_WrongUse_SaysWhatWhyAndCure(string line, string expected)
    {
        Finished run = Shell.MoeScale(line.Split(' '));
        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith("moescale: " + expected, run.Error);
        Assert.True(run.Error.TrimEnd().Split('\n').Length == 1, run.Error);
        Assert.Equal("", run.Output);
    }

    [Theory]
    [InlineData("formula: a*N^-α + * b", ":3:10: at character 10, expected a number, a name, a function or '(', found '*'.")]
    [InlineData("formula: a*M", ":3:10: the formula uses 'M', which is neither a variable, a coefficient nor a part under 'where'")]
    public void Law_WithAMistake_IsShownWithItsLine(string formula, string expected)
    {
        string file = Path.GetTempFileName() + ".yaml";
        File.WriteAllText(file, $"id: x\npredicts: loss\n{formula}\nvariables: {{ N: active_params }}\ncoefficients: {{ a: 1, α: 1 }}\n");
        Finished run = Shell.MoeScale("plan", "--flops", "1e20", "--law", file);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.StartsWith($"moescale: {file}{expected}", run.Error);
        File.Delete(file);
    }

    [Theory]
    [InlineData("plan --flops 1e20 >/dev/full")]
    [InlineData("laws --json >/dev/full")]
    [InlineData("plan --flops abc 2>&-")]
    public void Command_WhoseOutputCannotBeWritten_EndsWithCode2(string line)
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "This system has no /dev/full.");
        Finished run = Shell.Line($"{Shell.ProgramLine} {line}", Path.GetTempPath());
        Assert.Equal(2, run.ExitCode);
        Assert.DoesNotContain("   at ", run.Error);
    }

    [Fact]
    public void Command_WithoutAnything_ShowsItsHelp()
    {
        Finished run = Shell.MoeScale();
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("Commands:", run.Output);
    }

    [Theory]
    [InlineData("help", "--help")]
    [InlineData("help plan", "plan --help")]
    [InlineData("help laws show", "laws show --help")]
    public void Help_AsAWord_IsTheOption(string word, string option) =>
        Assert.Equal(Shell.MoeScale(option.Split(' ')), Shell.MoeScale(word.Split(' ')));

    /// <summary>Verbs share options; what one of them says must hold for each.</summary>
    [Theory]
    [InlineData("plan")]
    [InlineData("cost")]
    [InlineData("fit")]
    [InlineData("train")]
    public void Help_OfEachVerb_NamesItsOwnOptionsAlone(string verb)
    {
        string help = Shell.MoeScale([.. verb.Split(' '), "--help"]).Output;
        // An option stands at the start of its line, after its short name if it has one.
        string[] own = [.. Options().Matches(help).Select(m => m.Value.TrimStart(' ', ','))];
        string[] named = [.. Named().Matches(help[..help.IndexOf("Examples:", StringComparison.Ordinal)]).Select(m => m.Value)];
        Assert.NotEmpty(own);
        Assert.Empty(named.Except(own));
    }

    [GeneratedRegex(@"(^  |, )--[a-z-]+", RegexOptions.Multiline)]
    private static partial Regex Options();

    [GeneratedRegex(@"--[a-z]+(-[a-z]+)*")]
    private static partial Regex Named();

    /// <summary>A model of one block with one head, from so few FLOPs that no other is paid for.</summary>
    [Fact]
    public void Page_OfOneOfAThing_HasItsSingular() =>
        Assert.Contains("d_model 64, 1 block, 1 head, ", Shell.MoeScale("plan", "--flops", "1e15", "--experts", "2").Output);

    [Theory]
    [InlineData("--help")]
    [InlineData("plan --help")]
    [InlineData("fit --help")]
    [InlineData("export --help")]
    [InlineData("cost --help")]
    [InlineData("eval --help")]
    [InlineData("sample --help")]
    [InlineData("study --help")]
    [InlineData("study plan --help")]
    [InlineData("study run --help")]
    [InlineData("laws --help")]
    [InlineData("laws show --help")]
    [InlineData("laws eval -h")]
    [InlineData("reproduce --help")]
    public void Help_OfEachVerb_HasExamplesThatWork(string line)
    {
        Finished run = Shell.MoeScale(line.Split(' '));
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        string[] examples =
        [
            .. run.Output[run.Output.IndexOf("Examples:", StringComparison.Ordinal)..]
                .Split('\n')
                .Skip(1)
                .Select(e => e.Trim())
                .Where(e => e.Length > 0),
        ];
        Assert.NotEmpty(examples);
        using TemporaryFolder folder = new();
        // Examples that name a user's file are tried by other tests.
        Assert.All(
            examples.Where(e => !e.Contains("my-")),
            example =>
            {
                Assert.StartsWith("moescale ", example);
                Assert.Equal(0, Shell.MoeScaleIn(folder.Path, example.Split(' ')[1..]).ExitCode);
            }
        );
    }
}
