namespace MoeScale.Cli.Tests;

/// <summary>Wrong use of <c>fit</c>: what was given, what is needed, how to cure it; exit code 2; nothing on standard output.</summary>
public class FitWrongUseTests
{
    [Theory]
    [InlineData("", "fit needs a table of runs, one a row. Write for example moescale fit runs.csv")]
    [InlineData("RUNS", "fit needs a law. Give one of the catalog or a file with --law, for example --law chinchilla-2024, or a formula")]
    [InlineData("RUNS|--law|joint-2025|--formula|a*tokens", "--law and --formula both say what to fit. Leave one out.")]
    [InlineData("no-such.csv|--law|joint-2025", "no-such.csv cannot be read: there is no such file.")]
    [InlineData("RUNS|--law|joint", "'joint' is not in the catalog of laws (did you mean 'joint-2025'")]
    [InlineData("RUNS|--law|muennighoff-2023", "RUNS lacks columns that the fit reads:\n  U reads 'unique_tokens'")]
    [InlineData(
        "RUNS|--formula|a*P^b",
        "the formula reads no column of RUNS: none of its names (a, P, b) is one. Its columns: run, active_params, tokens, experts, "
            + "loss, source. Say which are variables: --map a=COLUMN."
    )]
    [InlineData("RUNS|--formula|a*tokens^b + *c", "--formula: at character 14, expected a number, a name, a function or '(', found '*'.")]
    [InlineData("RUNS|--law|joint-2025|--map|N=parms", "--map N: RUNS has no column 'parms'")]
    [InlineData(
        "RUNS|--law|joint-2025|--map|Q=tokens",
        "--map: 'Q' is no letter of the formula; its letters are N, D, E, and L for what it predicts."
    )]
    [InlineData("RUNS|--law|joint-2025|--where|router = 'RL-R'", "--where: RUNS has no column 'router'")]
    [InlineData("RUNS|--law|joint-2025|--where|experts > 64", "no row of RUNS is left to fit: of 40 rows none was chosen. Loosen --where.")]
    [InlineData("RUNS|--law|joint-2025|--where|experts > 8", "8 rows cannot fix 11 coefficients (")]
    [InlineData("RUNS|--law|joint-2025|--best-of|size", "--best-of: RUNS has no column 'size'")]
    [InlineData(
        "RUNS|--law|step-2025-lr|--map|L=experts,N=active_params,D=tokens|--best-of|experts by lossy",
        "--best-of keeps the run with the lowest loss, and RUNS has no column of numbers 'lossy'. Name the column: --best-of \"experts "
            + "by COLUMN\"."
    )]
    [InlineData("RUNS|--law|joint-2025|--weight|run", "--weight: the column 'run' of RUNS holds texts, no numbers, such as ")]
    [InlineData("RUNS|--law|joint-2025|--fix|q=3", "'q' is no coefficient of the formula. Its coefficients are a, α,")]
    [InlineData("RUNS|--law|joint-2025|--fix|c", "--fix 'c' is not NAME=VALUE. Write for example --fix c=1.69 or c=chinchilla-2024.")]
    [InlineData("RUNS|--law|joint-2025|--fix|c=1|--fix|c=2", "--fix names 'c' twice; leave one out.")]
    [InlineData("RUNS|--law|joint-2025|--fix|a=-3", "'a' cannot be held at -3: the law declares it positive.")]
    [InlineData(
        "RUNS|--law|joint-2025|--fix|c=chinchilla-2024",
        "--fix c=chinchilla-2024: 'chinchilla-2024' has no coefficient 'c'. It has E, A, α, B, β."
    )]
    [InlineData("RUNS|--law|joint-2025|--tie|β", "--tie 'β' is not NAME=VALUE. Write for example --tie β=α.")]
    [InlineData("RUNS|--law|joint-2025|--by|expert", "--by: RUNS has no column 'expert' (did you mean 'experts'?).")]
    [InlineData(
        "RUNS|--law|joint-2025|--objective|hubert",
        "--objective 'hubert' is not known (did you mean 'huber'?). Known are log-huber, huber, log-squares, squares, log-abs, abs."
    )]
    [InlineData(
        "RUNS|--law|joint-2025|--objective|squares|--delta|1",
        "--delta belongs to log-huber and huber; --objective squares has none. Leave one out."
    )]
    [InlineData("RUNS|--law|joint-2025|--reduce|median", "--reduce 'median' is not known (did you mean 'mean'?). Known are sum and mean.")]
    [InlineData("RUNS|--law|joint-2025|--starts|0.5", "--starts '0.5' must be a whole number")]
    [InlineData("RUNS|--law|joint-2025|--starts|1e9", "--starts 1e9 is more than 1e7, the most that makes sense here.")]
    [InlineData("RUNS|--law|joint-2025|--seed|x", "--seed 'x' is no seed. It needs a whole number from 0 up, such as 1.")]
    [InlineData("RUNS|--law|joint-2025|--level|95", "--level '95' is no share between 0 and 1. Write for example 0.9 or 90%.")]
    [InlineData(
        "RUNS|--law|joint-2025|--cluster|source",
        "--cluster source has one value in all rows; at least two clusters are needed to draw from."
    )]
    [InlineData("RUNS|--law|joint-2025|--hold-out|tokens > 1", "--hold-out \"tokens > 1\" holds out all 40 rows")]
    [InlineData("RUNS|--law|joint-2025|--approach|isoflops", "--approach 'isoflops' is not known (did you mean 'isoflop'?).")]
    [InlineData(
        "RUNS|--law|joint-2025|--as-published|--delta|1",
        "--as-published fits as the law's paper did, and --delta asks for something else. Leave one out."
    )]
    [InlineData(
        "RUNS|--formula|a*tokens^b|--as-published",
        "--as-published fits as a law's paper did, and a bare formula has none. Give the law with --law."
    )]
    [InlineData(
        "RUNS|--law|joint-2025|--map|L=tokens",
        "the formula reads 'D', which is the predicted column tokens itself. Map another prediction: --map L=COLUMN."
    )]
    [InlineData(
        "RUNS|--law|joint-2025|--map|L=ln(loss)|--out|x.yaml",
        "--out writes a law that predicts a column, and L=ln(loss) is a formula, "
    )]
    [InlineData("RUNS|--formula|c + a*N^-α|--map|N=tokens,L=experts|--where|experts = 1", "what is to be predicted is 1 in all ")]
    [InlineData("RUNS|--law|joint-2025|--fix|c=banana", "--fix c=banana: 'banana' is neither a number nor a law. Write for example ")]
    [InlineData("RUNS|--compare|joint-2025|--out|x.yaml", "--compare fits several laws, and --out is about one. Leave one out.")]
    [InlineData("RUNS|--compare|joint-2025|--map|Q=tokens", "--map: 'Q' is no letter of these laws; their letters are N, D, E, L.")]
    [InlineData("RUNS|--law|joint-2025|--cost|6*N*D", "--cost reads 'N', which a plan does not have.")]
    [InlineData("RUNS|--law|joint-2025|--family|llama", "'llama' is not in the catalog of families.")]
    [InlineData(
        "RUNS|--law|joint-2025|--bootstrap|150000|--out|x.yaml",
        "--bootstrap 150000 is too much for --out: a law file keeps each refit, and has room for 56375 of 11 coefficients."
    )]
    [InlineData(
        "RUNS|--law|joint-2025|--out|/no/such/folder/x.yaml",
        "--out '/no/such/folder/x.yaml' cannot be written: there is no such folder."
    )]
    public void Fit_WrongUse_SaysWhatWhyAndCure(string line, string expected)
    {
        string[] arguments = line.Length == 0 ? [] : line.Replace("RUNS", Repository.SampleRuns).Split('|');
        Finished run = Shell.MoeScale(["fit", .. arguments]);
        Assert.StartsWith("moescale: " + expected.Replace("RUNS", Repository.SampleRuns), run.Error);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
    }

    [Fact]
    public void Fit_BadRows_AreListedByLineAndSkippedOnRequest()
    {
        string file = Path.GetTempFileName();
        string[] lines = File.ReadAllLines(Repository.SampleRuns);
        lines[3] = "x,200000000,,1,3.1,";
        lines[5] = "x,500000000,5e9,1,nan,";
        lines[7] = "x,-5,5e9,1,2.9,";
        File.WriteAllLines(file, lines);
        Finished refused = Shell.MoeScale("fit", file, "--law", "chinchilla-2024");
        Assert.Equal((2, ""), (refused.ExitCode, refused.Output));
        Assert.Equal(
            $"moescale: {file}: 3 of 40 rows cannot be fitted:\n  line 4: tokens is missing or NaN\n  line 6: loss is missing or NaN\n  "
                + $"line 8: active_params is -5, not above zero\nCorrect them, choose others with --where, or leave them out with "
                + $"--skip-bad-rows.\n",
            refused.Error
        );
        Finished skipped = Shell.MoeScale("fit", file, "--law", "chinchilla-2024", "--skip-bad-rows", "--starts", "24");
        Assert.Equal(0, skipped.ExitCode);
        Assert.Contains("3 as bad (line 4: tokens is missing or NaN, ...)", FitCommandTests.Unbroken(skipped));
        File.Delete(file);
    }
}
