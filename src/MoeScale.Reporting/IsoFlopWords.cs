using MoeScale.Basics;
using MoeScale.Laws.Warnings;

namespace MoeScale.Reporting;

/// <summary>What notes of parabolas say: sentences without full stop.</summary>
internal static class IsoFlopWords
{
    public static Phrase Of(IsoFlopNote note) =>
        note switch
        {
            IsoFlopNote.RowsInNoCurve n => $"{n.Rows} of {n.All} rows share their budget with too few other sizes and are in no curve",
            IsoFlopNote.LeftOut n => $"the curve at {n.Flops:0.00e0} FLOPs does not count: {n.Reason}",
            IsoFlopNote.FewSizes n => $"{(n.Curves == 1 ? "1 curve has" : $"{n.Curves} curves have")} three sizes only, "
                + $"whose noise the parabola follows; four or more are better",
            IsoFlopNote.ComputeMissing n => $"{n.Column} is missing in some rows, so budgets are {n.Instead}",
            IsoFlopNote.OtherForm => "the fitted law is not of the form m·N^−α + n·D^−β + c, "
                + "so its exponents and the bias of the parabolas are not known in closed form",
            IsoFlopNote.NoParametricValue => "the parametric fit has no value, so the bias of the parabolas is not known",
            IsoFlopNote.NoCurves n => n.Reason,
            _ => throw new ArgumentOutOfRangeException(nameof(note)),
        };
}
