namespace MoeScale.Basics;

/// <summary>
/// Something that a user sets, by a name that no way of asking owns: the command has an option for it, a study file a key.
/// Libraries put settings into a <see cref="Phrase"/>, and whoever speaks to the user says them in <see cref="Terms"/> of its own.
/// </summary>
/// <param name="Section">What it belongs to: "fit", "plan", "train".</param>
/// <param name="Name">As a key is written: "multiple_of".</param>
/// <param name="Value">What it is or should be set to; null where only the setting is meant.</param>
public sealed record Setting(string Section, string Name, string? Value = null)
{
    /// <summary>The same setting with a value to give it.</summary>
    public Setting To(FormattableString value) => this with { Value = FormattableString.Invariant(value) };

    /// <inheritdoc cref="To(FormattableString)"/>
    public Setting To(string value) => this with { Value = value };
}
