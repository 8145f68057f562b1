namespace MoeScale.Basics.Tests;

public class PhraseTests
{
    private static readonly Setting Starts = new("fit", "starts");
    private static readonly Setting Memory = new("plan", "memory");

    [Fact]
    public void Say_OtherTerms_NamesTheSameSettingsInThem()
    {
        Phrase cure = $"raise {Starts.To($"{2.5}")}, not {Memory}";
        Assert.Equal("raise 'starts: 2.5', not 'memory'", cure.ToString());
        Assert.Equal("raise --starts 2.5, not 'memory'", cure.Say(new Command()));
        Assert.Equal("3 starts: raise --starts 2.5, not 'memory'!", new UserException($"{3} starts: {cure}!").Phrase.Say(new Command()));
    }

    [Fact]
    public void If_SettingThatCannotBeGiven_SaysTheOtherWords()
    {
        Phrase advice = Phrase.Join(
            "; ",
            [Phrase.If(Starts, $"{Starts} tries more"), Phrase.If(Memory, $"lift {Memory}", "nothing helps")]
        );
        Assert.Equal("--starts tries more; nothing helps", advice.Say(new Command()));
    }

    [Fact]
    public void At_PlaceOfAFile_KeepsWhatSettingsAreSaid()
    {
        UserException told = new UserException($"give {Starts}.").At("a.yaml:3:1");
        Assert.Equal("a.yaml:3:1: give --starts.", told.Phrase.Say(new Command()));
        Assert.Equal("a.yaml:3:1: give 'starts'.", told.Message);
    }

    private sealed class Command : Terms
    {
        public override string? Say(Setting setting) =>
            setting.Section != "fit" ? null
            : setting.Value is null ? $"--{setting.Name}"
            : $"--{setting.Name} {setting.Value}";
    }
}
