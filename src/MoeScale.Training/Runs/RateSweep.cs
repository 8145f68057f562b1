using MoeScale.Models;
using MoeScale.Training.Data;
using MoeScale.Training.Recipes;

namespace MoeScale.Training.Runs;

/// <summary>What one rate of a sweep came to.</summary>
/// <param name="Rate">Peak.</param>
/// <param name="Loss">Nats per token, held out (smoothed over training where nothing is); null where it diverged.</param>
public sealed record SweptRate(double Rate, double? Loss);

/// <summary>
/// Short runs at learning rates a factor of 2 apart, each a whole schedule on a small share of the tokens, outwards
/// from a first guess until the best one has a worse one on both sides.
/// </summary>
public static class RateSweep
{
    /// <summary>Rates that are tried at most.</summary>
    public const int MaxRates = 9;

    /// <summary>The configuration of a short run: the whole schedule, squeezed.</summary>
    /// <param name="configuration">Of the long one.</param>
    /// <param name="tokens">Of the short one.</param>
    /// <param name="decayShare">Of a schedule that is no cosine.</param>
    /// <param name="group">Sequences of a routing group of the model, or 1.</param>
    public static RunConfiguration Short(RunConfiguration configuration, long tokens, double decayShare, int group = 1)
    {
        long unit = (long)group * configuration.Context;
        long whole = Math.Clamp(tokens / unit, 1, configuration.Sequences / group) * unit;
        double share = (double)whole / configuration.Tokens;
        return configuration with
        {
            Tokens = whole,
            Branches = [],
            Schedule = configuration.Schedule == RateShape.Cosine ? RateShape.Cosine : RateShape.Wsd,
            WarmupTokens = configuration.WarmupTokens * share,
            DecayTokens = configuration.Schedule == RateShape.Cosine ? 0 : decayShare * whole,
            RampTokens = configuration.RampTokens * share,
            HeldOutEvery = 0,
        };
    }

    /// <summary>Tries rates until the best one is enclosed, or there are <see cref="MaxRates"/>.</summary>
    /// <param name="model">The model.</param>
    /// <param name="shortRun">From <see cref="Short"/>; its rate is the first guess.</param>
    /// <param name="data">The data.</param>
    /// <param name="threads">To work with.</param>
    /// <param name="known">What was tried before; these are not tried again.</param>
    /// <param name="tried">Is told each new one.</param>
    /// <param name="progress">Is told each step.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>All that were tried, by rate. Where it was stopped, not all.</returns>
    public static IReadOnlyList<SweptRate> Run(
        Model model,
        RunConfiguration shortRun,
        TrainingData data,
        int threads,
        IReadOnlyList<SweptRate> known,
        Action<SweptRate>? tried,
        Action<StepReport>? progress,
        CancellationToken stop
    )
    {
        SortedDictionary<int, SweptRate> rates = [];
        while (rates.Count < MaxRates && Next(rates) is int power)
        {
            double rate = shortRun.LearningRate * Math.Pow(2, power);
            SweptRate? result = known.FirstOrDefault(k => k.Rate == rate);
            if (result is null)
            {
                result = Try(model, shortRun with { LearningRate = rate }, data, threads, progress, stop);
                if (stop.IsCancellationRequested)
                {
                    break;
                }
                tried?.Invoke(result);
            }
            rates.Add(power, result);
        }
        return [.. rates.Values];
    }

    /// <summary>The rate of the lowest loss; null where all diverged.</summary>
    public static double? Best(IReadOnlyList<SweptRate> rates) => rates.Where(r => r.Loss is not null).MinBy(r => r.Loss)?.Rate;

    private static SweptRate Try(
        Model model,
        RunConfiguration configuration,
        TrainingData data,
        int threads,
        Action<StepReport>? progress,
        CancellationToken stop
    )
    {
        using Trainer trainer = new(model, configuration, data, threads);
        while (!trainer.IsDone && !stop.IsCancellationRequested)
        {
            if (trainer.Step() is not StepReport step)
            {
                return new SweptRate(configuration.LearningRate, null);
            }
            progress?.Invoke(step);
        }
        return new SweptRate(configuration.LearningRate, trainer.HeldOutLoss(configuration.HeldOutTokens) ?? trainer.State.SmoothedLoss);
    }

    /// <summary>The power of two to try next; null where the best one is enclosed.</summary>
    private static int? Next(SortedDictionary<int, SweptRate> rates)
    {
        if (rates.Count == 0)
        {
            return 0;
        }
        (int best, SweptRate at) = rates.MinBy(r => r.Value.Loss ?? double.PositiveInfinity);
        // Where all diverged, lower ones only.
        return !rates.ContainsKey(best - 1) ? best - 1
            : at.Loss is null ? rates.Keys.First() - 1
            : !rates.ContainsKey(best + 1) ? best + 1
            : null;
    }
}
