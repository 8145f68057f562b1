namespace MoeScale.Basics;

/// <summary>
/// A mistake in what the user gave: a file, an option, a name. It says in whole sentences what was given, what is needed and how to
/// cure it; settings in it are said in the terms of whoever shows it. The command turns it into exit code 2.
/// </summary>
public sealed class UserException : Exception
{
    /// <param name="phrase">Whole sentences.</param>
    public UserException(Phrase phrase)
        : base(phrase.ToString()) => Phrase = phrase;

    /// <param name="message">Whole sentences.</param>
    public UserException(string message)
        : this((Phrase)message) { }

    /// <summary>What it says, to be said in somebody's terms; <see cref="Exception.Message"/> is in plain ones.</summary>
    public Phrase Phrase { get; }

    /// <summary>Whether it begins with its place in a file.</summary>
    public bool IsPlaced { get; private init; }

    /// <summary>The same complaint with its settings said, in the terms of who gave them.</summary>
    public UserException In(Terms terms) => new(Phrase.Say(terms)) { IsPlaced = IsPlaced };

    /// <summary>The same complaint with the place in a file before it.</summary>
    public UserException At(Phrase place) => new($"{place}: {Phrase}") { IsPlaced = true };

    /// <summary>The same complaint with a place before it, unless it has one.</summary>
    public UserException AtLeastAt(Phrase place) => IsPlaced ? this : At(place);
}
