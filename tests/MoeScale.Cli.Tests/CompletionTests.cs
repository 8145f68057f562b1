using System.CommandLine;
using MoeScale.Cli.Input;

namespace MoeScale.Cli.Tests;

public class CompletionTests
{
    [Theory]
    [InlineData("pl", "plan")]
    [InlineData("laws sh", "show")]
    [InlineData("plan --fl", "--flops")]
    [InlineData("plan --law joi", "joint-2025 joint-2025-lr")]
    [InlineData("plan --law=joi", "--law=joint-2025 --law=joint-2025-lr")]
    [InlineData("train --schedule ", "wsd cosine")]
    [InlineData("bench train --kind s", "switch")]
    [InlineData("completion ", "bash zsh fish pwsh")]
    [InlineData("laws show chinchilla", "chinchilla-2022 chinchilla-2024")]
    [InlineData("export x --to ", "megatron torchtitan hf python latex json bibtex")]
    [InlineData("plan --export ", "megatron torchtitan hf")]
    [InlineData("export Mixtral-8x7", "Mixtral-8x7B-v0.1")]
    [InlineData("export chinchilla", "chinchilla-2022 chinchilla-2024")]
    // Names of models are known in any case; what was typed stays.
    [InlineData("cost mixtral-8x7", "mixtral-8x7B-v0.1")]
    [InlineData("laws --js", "--json")]
    // An option of a verb's parent, and one that was given already.
    [InlineData("laws show --js", "--json")]
    [InlineData("plan --flops 1e22 --flo", "")]
    [InlineData("plan --memory ", "")]
    [InlineData("nonsense --", "--help --version")]
    public void Words_AreCompleted(string line, string expected)
    {
        Finished run = Shell.MoeScale(["complete", "--", .. line.Split(' ')]);
        Assert.Equal("", run.Error);
        Assert.Equal(
            expected,
            string.Join(' ', run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('\t')[0]))
        );
    }

    /// <summary>A verb has a word of what it means beside it.</summary>
    [Fact]
    public void Meaning_OfAVerb_IsItsHelp() =>
        Assert.StartsWith("plan\tFind the best model", Shell.MoeScale("complete", "--", "pl").Output);

    /// <summary>A name in the table that no verb has is one that was renamed: its values would be lost without a word.</summary>
    [Fact]
    public void Names_AreThoseOfOptionsAndArguments()
    {
        Command[] all = [.. Verbs(CommandLine.Root([]))];
        string[] known = [.. all.SelectMany(c => c.Options).Select(o => o.Name), .. all.SelectMany(c => c.Arguments).Select(a => a.Name)];
        Assert.Empty(Completions.Named.Except(known));

        static IEnumerable<Command> Verbs(Command command) => command.Subcommands.SelectMany(Verbs).Prepend(command);
    }

    /// <summary>The script in a real bash; the others were tried by hand, in zsh 5.9, fish 3.6 and PowerShell 7.6.</summary>
    [Fact]
    public void Script_OfBash_Completes()
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "It needs bash.");
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.In("moescale"), $"#!/bin/sh\nexec {Shell.ProgramLine} \"$@\"\n");
        string script =
            "chmod +x moescale; PATH=.:$PATH; source <(moescale completion bash); COMP_WORDS=(moescale plan --law chin); COMP_CWORD=3; "
            + "_moescale moescale; echo \"${COMPREPLY[@]}\"";
        Finished run = Shell.Run("/bin/bash", ["-c", script], folder.Path);
        Assert.Equal("", run.Error);
        Assert.Equal("chinchilla-2022 chinchilla-2024\n", run.Output);
    }

    [Theory]
    [InlineData("zsh", "compdef _moescale moescale")]
    [InlineData("fish", "complete --command moescale")]
    [InlineData("pwsh", "Register-ArgumentCompleter -Native -CommandName moescale")]
    public void Script_OfAShell_RegistersItself(string shell, string line) =>
        Assert.Contains(line, Shell.MoeScale("completion", shell).Output);

    [Fact]
    public void Shell_ThatIsNotKnown_IsTold()
    {
        Finished run = Shell.MoeScale("completion", "zhs");
        Assert.Equal(2, run.ExitCode);
        Assert.Equal("moescale: 'zhs' is no shell that is known (did you mean 'zsh'?). Known are bash, zsh, fish, pwsh.\n", run.Error);
    }

    [Fact]
    public void Version_SaysTheCommitAndItsDay() =>
        Assert.Matches(
            @"^moescale \d+\.\d+\.\d+( \(commit [0-9a-f]{12} of \d{4}-\d\d-\d\d(, with changes)?\))?\n$",
            Shell.MoeScale("--version").Output
        );
}
