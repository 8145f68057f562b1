namespace MoeScale.Studies.Files;

/// <summary>
/// What a study settles for its cells that its file does not say in so many words, and whoever reads its plan or its report should know.
/// </summary>
public abstract record StudyNote
{
    private StudyNote() { }

    /// <summary>A family has the vocabulary of the text instead of its own, so that parameters and FLOPs differ.</summary>
    /// <param name="Tokens">Of the text.</param>
    /// <param name="Tokenizer">That makes them.</param>
    /// <param name="Family">Its id.</param>
    /// <param name="Before">Its own vocabulary.</param>
    public sealed record VocabularyOfText(int Tokens, string Tokenizer, string Family, double Before) : StudyNote;

    /// <summary>A model has more entries of the vocabulary than there are tokens.</summary>
    /// <param name="Size">The largest vocabulary.</param>
    /// <param name="Tokens">Of the text.</param>
    /// <param name="Tokenizer">That makes them.</param>
    public sealed record VocabularyBeyondText(double Size, int Tokens, string Tokenizer) : StudyNote;

    /// <summary>Cells lie beyond the experiments of the law of their learning rates.</summary>
    /// <param name="Rate">Of the first of them.</param>
    /// <param name="First">The first of them.</param>
    /// <param name="Count">How many.</param>
    /// <param name="Cells">Of the study.</param>
    public sealed record RateBeyondLaw(OutsideRate Rate, Cell First, int Count, int Cells) : StudyNote;
}
