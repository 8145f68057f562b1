using MoeScale.Basics;

namespace MoeScale.Studies.Folders;

/// <summary>What may be said of a study beside its file: where its results go, and what it may cost.</summary>
public static class StudySettings
{
    /// <summary>The folder of the results.</summary>
    public static readonly Setting Out = new("study", "out");
}
