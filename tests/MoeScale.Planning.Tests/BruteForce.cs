namespace MoeScale.Planning.Tests;

/// <summary>The best model by trying sizes one by one, with each law and cost written out again from its paper.</summary>
/// <param name="Width">d_model.</param>
/// <param name="Tokens">D.</param>
/// <param name="Loss">Predicted loss.</param>
internal sealed record BruteForce(double Width, double Tokens, double Loss)
{
    private const double Vocabulary = 50257;

    /// <summary>Best of the widths that keep every limit; null if none does.</summary>
    public static BruteForce? Joint(Budget b, double experts, IEnumerable<double> widths, bool wholeTokens) =>
        Best(
            widths,
            d =>
            {
                double blocks = d / 64;
                double active = (2 * d * Vocabulary) + (13 * blocks * d * d);
                double total = (2 * d * Vocabulary) + ((4 + (9 * experts)) * blocks * d * d);
                double stored = total + (((2 * blocks) + 1) * d) + (experts > 1 ? blocks * d * experts : 0);
                double tokens = (b.Flops - (2 * active * b.InferenceTokens)) / (6 * active);
                if (
                    b.TrainingMemoryBytes is double training
                    && TrainingBruteForce.Joint(b.TrainingSetup, d, experts, wholeTokens) > Usable(training, b.TrainingHeadroom)
                )
                {
                    return null;
                }
                return Limited(b, d, blocks, total, stored, tokens, wholeTokens, t => JointLoss(active, Worth(t, b.UniqueTokens), experts));
            }
        );

    /// <summary>As <see cref="Joint"/>, for the fine-grained law of E = 64.</summary>
    public static BruteForce? FineGrained(Budget b, double granularity, IEnumerable<double> widths, bool wholeTokens) =>
        Best(
            widths,
            d =>
            {
                double blocks = d / 64;
                double total = d * d * ((8 * 64) + 4) * blocks;
                double router = d * 64 * granularity * blocks;
                double stored = total + router + (2 * d * Vocabulary) + (256 * d) + (2 * d * ((3 * blocks) + 1));
                double perToken = ((12 * d * d * 6) + (d * 64 * granularity * 14)) * blocks;
                double perInference = ((12 * d * d * 2) + (d * 64 * granularity * 6)) * blocks;
                double tokens = (b.Flops - (perInference * b.InferenceTokens)) / perToken;
                return Limited(
                    b,
                    d,
                    blocks,
                    total + (2 * d * Vocabulary) + (256 * d),
                    stored,
                    tokens,
                    wholeTokens,
                    t => 0.47 + (((2.1 / Math.Pow(granularity, 0.58)) + 18.1) * Math.Pow(total, -0.115)) + (30.8 * Math.Pow(t, -0.147))
                );
            }
        );

    public static double JointLoss(double n, double d, double e)
    {
        double hat = 1 / ((1 / (e - 1 + (1 / ((1 / 2.0732) - (1 / 290.4521))))) + (1 / 290.4521));
        return (35.91 * Math.Pow(hat, -0.2285) * Math.Pow(n, -0.1889 + (0.0098 * Math.Log(hat))))
            + (35.98 * Math.Pow(hat, 0.5529) * Math.Pow(d, -0.1775 + (-0.0259 * Math.Log(hat))))
            + 1.3637;
    }

    /// <summary>Muennighoff et al. 2023: tokens of new data that are worth as much as t tokens of which some repeat.</summary>
    public static double Worth(double t, double? unique) =>
        t <= unique || unique is not double u ? t : u + (u * 15.387756 * (1 - Math.Exp(-((t / u) - 1) / 15.387756)));

    private static BruteForce? Limited(
        Budget b,
        double d,
        double blocks,
        double total,
        double stored,
        double tokens,
        bool wholeTokens,
        Func<double, double> loss
    )
    {
        double memory = (2 * stored) + (b.KvTokens * 2 * blocks * d * 2);
        if (tokens < 1 || memory > Usable(b.MemoryBytes ?? double.PositiveInfinity, b.MemoryHeadroom) || total > b.MaxTotalParams)
        {
            return null;
        }
        tokens = Math.Min(tokens, b.MaxTokens ?? tokens);
        tokens = wholeTokens ? Math.Floor(tokens) : tokens;
        return new BruteForce(d, tokens, loss(tokens));
    }

    private static double Usable(double limit, Headroom headroom) =>
        double.IsInfinity(limit) ? limit : ((1 - headroom.Share) * limit) - headroom.Bytes;

    private static BruteForce? Best(IEnumerable<double> widths, Func<double, BruteForce?> model) =>
        widths.Select(model).Where(m => m is not null).MinBy(m => m!.Loss);
}
