namespace MoeScale.Basics;

/// <summary>
/// A mistake in what the user gave: a file, an option, a name. The message is shown as it stands, so it says
/// what was given, what is needed and how to cure it. The command turns it into exit code 2.
/// </summary>
public sealed class UserException(string message) : Exception(message);
