using MoeScale.Basics;

namespace MoeScale.Studies.Files;

/// <summary>Finds what a study settles for its cells.</summary>
internal static class StudyNotes
{
    /// <param name="cells">All of them.</param>
    /// <param name="text">That they are trained on.</param>
    /// <param name="reader">That made them.</param>
    public static IReadOnlyList<StudyNote> Of(IReadOnlyList<Cell> cells, StudyText text, CellReader reader) =>
        [.. Vocabulary(cells, text, reader), .. Rates(cells)];

    private static IEnumerable<StudyNote> Vocabulary(IReadOnlyList<Cell> cells, StudyText text, CellReader reader)
    {
        double[] sizes = [.. cells.Select(c => c.Model.VocabularySize).Distinct()];
        if (text.VocabularySize is not int tokens || sizes.Length == 0)
        {
            yield break;
        }
        bool isReplaced = reader.HasVocabularyOfText && sizes.Contains(tokens);
        if (isReplaced && Quantity.TryParseCount(reader.Template.OptionalText("vocab_size") ?? "", out double before) && before != tokens)
        {
            yield return new StudyNote.VocabularyOfText(tokens, text.Tokenizer, reader.Template.Text("id"), before);
        }
        if (sizes.Max() > tokens)
        {
            yield return new StudyNote.VocabularyBeyondText(sizes.Max(), tokens, text.Tokenizer);
        }
    }

    private static IEnumerable<StudyNote> Rates(IReadOnlyList<Cell> cells) =>
        cells
            .Where(c => c.RateOutside is not null)
            .GroupBy(c => (c.RateOutside!.Law, c.RateOutside.IsDefault))
            .Select(g => new StudyNote.RateBeyondLaw(g.First().RateOutside!, g.First(), g.Count(), cells.Count));
}
