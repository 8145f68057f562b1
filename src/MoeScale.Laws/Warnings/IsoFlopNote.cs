using System.Text.Json.Serialization;
using MoeScale.Basics;

namespace MoeScale.Laws.Warnings;

/// <summary>What was left out of the parabolas, or cannot be trusted.</summary>
public abstract record IsoFlopNote : FitWarning
{
    private protected IsoFlopNote() { }

    /// <summary>Rows that share their budget with too few other sizes.</summary>
    public sealed record RowsInNoCurve(int Rows, int All) : IsoFlopNote;

    /// <summary>A curve that does not count.</summary>
    /// <param name="Flops">Its budget.</param>
    public abstract record LeftOut(double Flops) : IsoFlopNote
    {
        /// <summary>Why, in words that follow a colon: also a refusal says it, where too few curves are left.</summary>
        [JsonIgnore]
        public abstract Phrase Reason { get; }

        private protected static Phrase Outside(double optimum, string where, double end) =>
            $"the minimum, at {Quantity.FormatCount(optimum)} parameters, lies {where} all sizes, which end at {Quantity.FormatCount(end)}";
    }

    /// <summary>The parabola has no minimum.</summary>
    public sealed record OpensDownwards(double Flops) : LeftOut(Flops)
    {
        [JsonIgnore]
        public override Phrase Reason => "the parabola opens downwards, so it has no minimum";
    }

    /// <summary>The minimum lies below all sizes.</summary>
    public sealed record MinimumBelowSizes(double Flops, double Optimum, double Smallest) : LeftOut(Flops)
    {
        [JsonIgnore]
        public override Phrase Reason => Outside(Optimum, "below", Smallest);
    }

    /// <summary>The minimum lies above all sizes.</summary>
    public sealed record MinimumAboveSizes(double Flops, double Optimum, double Largest) : LeftOut(Flops)
    {
        [JsonIgnore]
        public override Phrase Reason => Outside(Optimum, "above", Largest);
    }

    /// <summary>Curves of three sizes, which the parabola meets exactly.</summary>
    public sealed record FewSizes(int Curves) : IsoFlopNote;

    /// <summary>A column of budgets that some rows lack, so that budgets are worked out.</summary>
    /// <param name="Column">The column.</param>
    /// <param name="Instead">Where budgets come from: "6·N·D".</param>
    public sealed record ComputeMissing(string Column, string Instead) : IsoFlopNote;

    /// <summary>The fitted law has another form than m·N^−α + n·D^−β + c.</summary>
    public sealed record OtherForm : IsoFlopNote;

    /// <summary>The parametric fit has no value.</summary>
    public sealed record NoParametricValue : IsoFlopNote;

    /// <summary>There are no parabolas.</summary>
    public sealed record NoCurves : IsoFlopNote
    {
        /// <summary>Why, and a cure.</summary>
        [JsonIgnore]
        public Phrase Reason { get; init; } = "";
    }
}
