using MoeScale.Basics;

namespace MoeScale.Training.Layers;

/// <summary>Where truncated normal numbers are cut.</summary>
public enum InitialCut
{
    /// <summary>At two standard deviations, as Switch does (Fedus et al. 2021, arXiv:2101.03961).</summary>
    TwoDeviations,

    /// <summary>
    /// At ±0.2, as the released configurations of both MoE laws do. These also count as fan-in of an expert's second
    /// matrix the hidden channels of all experts that a token may meet: experts · d_expert where tokens choose, top_k ·
    /// d_expert where experts do.
    /// </summary>
    Absolute,
}

/// <summary>
/// The weights at the start: truncated normal numbers of standard deviation √(scale/fan-in) before the cut, gains 1, biases 0. The scale is
/// 0.1 in both
/// MoE laws. An embedding begins as if it were the head, with fan-in d_model.
/// </summary>
/// <param name="Scale">0.1 unless there is a reason.</param>
/// <param name="Cut">Where the normal numbers end.</param>
public sealed record Initialization(double Scale = 0.1, InitialCut Cut = InitialCut.TwoDeviations);

internal static class Initializer
{
    private const double AbsoluteCut = 0.2;

    /// <summary>Fills a parameter. It depends on the seed, its name and its size, and on nothing that stands beside it.</summary>
    public static void Fill(Parameter p, Initialization how, ulong seed)
    {
        Span<float> weights = p.Weights;
        if (p.Beginning != Beginning.Random)
        {
            weights.Fill(p.Beginning == Beginning.One ? 1 : 0);
            return;
        }
        double deviation = Math.Sqrt(how.Scale / (how.Cut == InitialCut.TwoDeviations ? p.FanIn : p.MergedFanIn));
        double cut = how.Cut == InitialCut.TwoDeviations ? 2 : AbsoluteCut / deviation;
        ulong key = CounterRandom.Mix(seed ^ Hash(p.Name));
        ulong drawn = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            double z;
            do
            {
                // Box and Muller; 1 − u is never 0.
                z =
                    Math.Sqrt(-2 * Math.Log(1 - CounterRandom.Unit(CounterRandom.Bits(key, drawn++))))
                    * Math.Cos(2 * Math.PI * CounterRandom.Unit(CounterRandom.Bits(key, drawn++)));
            } while (Math.Abs(z) > cut);
            weights[i] = (float)(deviation * z);
        }
    }

    /// <summary>FNV-1a, of 64 bits.</summary>
    private static ulong Hash(string name)
    {
        ulong hash = 0xCBF29CE484222325;
        foreach (char c in name)
        {
            hash = (hash ^ c) * 0x100000001B3;
        }
        return hash;
    }
}
