using MoeScale.Basics;

namespace MoeScale.Studies.Files;

/// <summary>What a study settles for its cells that its file does not say in so many words: for the plan and the report.</summary>
internal static class StudyNotes
{
    /// <param name="cells">All of them.</param>
    /// <param name="text">That they are trained on.</param>
    /// <param name="reader">That made them.</param>
    public static IReadOnlyList<string> Of(IReadOnlyList<Cell> cells, StudyText text, CellReader reader) =>
        [.. Vocabulary(cells, text, reader), .. Rates(cells)];

    private static IEnumerable<string> Vocabulary(IReadOnlyList<Cell> cells, StudyText text, CellReader reader)
    {
        double[] sizes = [.. cells.Select(c => c.Model.VocabularySize).Distinct()];
        if (text.VocabularySize is not int tokens || sizes.Length == 0)
        {
            yield break;
        }
        bool isReplaced = reader.HasVocabularyOfText && sizes.Contains(tokens);
        if (isReplaced && Quantity.TryParseCount(reader.Template.OptionalText("vocab_size") ?? "", out double before) && before != tokens)
        {
            string usual = FormattableString.Invariant($"where {reader.Template.Text("id")} has {before:#,0}");
            yield return FormattableString.Invariant(
                $"vocab_size is {tokens:#,0}, the number of tokens ({text.Tokenizer}), {usual}; so parameters and FLOPs differ"
            );
        }
        if (sizes.Max() > tokens)
        {
            string rest = "the other rows of embedding and head are never met";
            yield return FormattableString.Invariant(
                $"vocab_size is {sizes.Max():#,0}, and the text has {tokens:#,0} tokens ({text.Tokenizer}): {rest}"
            );
        }
    }

    private static IEnumerable<string> Rates(IReadOnlyList<Cell> cells) =>
        cells
            .Where(c => c.RateOutside is not null)
            .GroupBy(c => (c.RateOutside!.Law, c.RateOutside.IsDefault))
            .Select(g =>
            {
                Cell first = g.First();
                string which = g.Count() == cells.Count ? "all cells" : $"{g.Count()} of {cells.Count} cells";
                string example = $"{first.Name}: {first.RateOutside!.Excess}";
                string small = FormattableString.Invariant($"they get the one of small runs, {first.LearningRate:G3} for {first.Name}");
                return g.Key.IsDefault
                    ? $"no learning rate is given, and {which} lie beyond the experiments of {g.Key.Law} ({example}): {small}"
                    : $"{g.Key.Law} gives the learning rate of {which} beyond its experiments ({example}): an extrapolation";
            });
}
