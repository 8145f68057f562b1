namespace MoeScale.Laws.Warnings;

/// <summary>What was met while tables of runs were read: how several files differ, and what is not read.</summary>
public abstract record TableNote : FitWarning
{
    private protected TableNote() { }

    /// <summary>A file lacks columns that another one has: its rows have no value there.</summary>
    /// <param name="File">As the user gave it.</param>
    /// <param name="Lacks">Their names.</param>
    public sealed record ColumnsLacking(string File, IReadOnlyList<string> Lacks) : TableNote
    {
        public bool Equals(ColumnsLacking? other) => other is not null && File == other.File && Lacks.SequenceEqual(other.Lacks);

        public override int GetHashCode() => Lacks.Aggregate(File.GetHashCode(StringComparison.Ordinal), HashCode.Combine);
    }

    /// <summary>Columns that hold no number and no text, such as lists.</summary>
    /// <param name="File">As the user gave it.</param>
    /// <param name="Columns">Their names.</param>
    public sealed record ColumnsPassedOver(string File, IReadOnlyList<string> Columns) : TableNote
    {
        public bool Equals(ColumnsPassedOver? other) => other is not null && File == other.File && Columns.SequenceEqual(other.Columns);

        public override int GetHashCode() => Columns.Aggregate(File.GetHashCode(StringComparison.Ordinal), HashCode.Combine);
    }

    /// <summary>Files of a folder that are no tables of runs.</summary>
    /// <param name="Folder">As the user gave it.</param>
    /// <param name="Files">How many.</param>
    /// <param name="First">One of them.</param>
    public sealed record FilesPassedOver(string Folder, int Files, string First) : TableNote;

    /// <summary>Runs of one name in two files.</summary>
    /// <param name="Column">That names the runs.</param>
    /// <param name="Run">One of them.</param>
    /// <param name="First">Where it stands: "a.csv:3".</param>
    /// <param name="Second">Where it stands again.</param>
    /// <param name="Runs">How many runs stand in more than one file.</param>
    public sealed record RunInTwoFiles(string Column, string Run, string First, string Second, int Runs) : TableNote;
}
