using System.Reflection;
using MoeScale.Basics;
using MoeScale.Cli.Input;
using MoeScale.Models;
using MoeScale.Planning;

namespace MoeScale.Cli.Tests;

/// <summary>What libraries advise to set is an option that the command has.</summary>
public class PlanSettingsTests
{
    public static TheoryData<string> Names => [.. Of(typeof(PlanSettings)).Concat(Of(typeof(LayoutSettings)))];

    [Theory]
    [MemberData(nameof(Names))]
    public void Setting_OfAPlan_IsAnOptionOfTheCommand(string option) =>
        Assert.Contains($"{option} ", Help.Value.ReplaceLineEndings(" ").Replace(',', ' '));

    private static readonly Lazy<string> Help = new(() => Shell.MoeScale("plan", "--help").Output);

    private static IEnumerable<string> Of(Type settings) =>
        settings.GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => CommandTerms.All.Say((Setting)f.GetValue(null)!));
}
