using MoeScale.Basics;

namespace MoeScale.Training.Data;

/// <summary>Why what is said of a text makes none.</summary>
/// <param name="Setting">That which is wrong, so that its place in a file can be told.</param>
/// <param name="Complaint">Whole sentences, with a cure.</param>
public sealed record TextFault(Setting Setting, Phrase Complaint);
