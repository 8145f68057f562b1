namespace MoeScale.Basics;

/// <summary>What settings are called where somebody gives them: options of a command, keys of a file.</summary>
public abstract class Terms
{
    /// <summary>For whoever asks from code: the setting's own name in quotes.</summary>
    public static readonly Terms Plain = new PlainTerms();

    /// <summary>How the setting is given, with its value if it has one: "multiple_of: 64"; null where it cannot be given at all.</summary>
    public abstract string? Say(Setting setting);

    private sealed class PlainTerms : Terms
    {
        public override string Say(Setting setting) => setting.Value is null ? $"'{setting.Name}'" : $"'{setting.Name}: {setting.Value}'";
    }
}
