using MoeScale.Basics;

namespace MoeScale.Cli;

/// <summary>Settings as options of the command: "--multiple-of 64".</summary>
internal sealed class CommandTerms : Terms
{
    public static readonly CommandTerms All = new();

    public override string Say(Setting setting) =>
        $"--{setting.Name.Replace('_', '-')}{(setting.Value is string value ? $" {value}" : "")}";
}
