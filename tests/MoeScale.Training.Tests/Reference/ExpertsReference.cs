using MoeScale.Models;

namespace MoeScale.Training.Tests.Reference;

/// <summary>Mixture-of-Experts layers in double precision, straight from their definition.</summary>
/// <param name="parts">Linear layers, feed-forward layers and norms.</param>
/// <param name="model">With experts.</param>
/// <param name="sequence">Tokens of a sequence.</param>
/// <param name="weights">By their names in a checkpoint.</param>
/// <param name="routes">Choices by block: those that are there hold, others are made and left here. A slope holds them fixed.</param>
/// <param name="training">Whether experts may be full.</param>
internal sealed class ExpertsReference(
    ReferenceModel parts, Model model, int sequence, IReadOnlyDictionary<string, double[]> weights, IDictionary<string, Choice[]> routes, bool training)
{
    private readonly int _experts = (int)model.ExpertCount;
    private readonly int _width = (int)model.ModelWidth;

    private bool IsSigmoid => model.Routing.Weights is RouterWeights.Sigmoid or RouterWeights.SelectedSigmoid;

    /// <summary>Of each layer: experts · Σ f·P and the mean of ln²Σe^logit, without coefficients.</summary>
    public List<(double Balance, double Z)> Losses { get; } = [];

    /// <summary>Of each layer: (tokens, experts) scores.</summary>
    public List<double[]> AllScores { get; } = [];

    /// <summary>What a router adds to the mean loss of the tokens.</summary>
    public double OwnLosses => Losses.Sum(l => (model.Routing.BalanceLoss * l.Balance) + (model.Routing.ZLoss * l.Z));

    public double[] Forward(string block, double[] x)
    {
        double[] logits = parts.Linear($"{block}.router", x);
        double[][] rows = [.. logits.Chunk(_experts)];
        double[] scores = [.. rows.SelectMany(Scores)];
        if (!routes.TryGetValue(block, out Choice[]? choices))
        {
            routes[block] = choices = RoutingReference.Choose(model, sequence, scores, weights.GetValueOrDefault($"{block}.router.balance_bias"), training);
        }
        AllScores.Add(scores);
        Losses.Add((Balance(scores, choices), rows.Average(row => Math.Pow(LogSum(row), 2))));
        double[] merged = model.SharedWidth > 0 ? parts.FeedForward($"{block}.shared_experts", x, (int)model.SharedWidth) : new double[x.Length];
        double[] given = Weights(scores, choices);
        for (int expert = 0; expert < _experts; expert++)
        {
            int e = expert;
            int[] served = [.. Enumerable.Range(0, choices.Length).Where(i => choices[i].Expert == e && choices[i].IsServed)];
            double[] y = Expert(block, e, [.. served.SelectMany(i => x.Skip(choices[i].Token * _width).Take(_width))]);
            for (int i = 0; i < y.Length; i++)
            {
                int choice = served[i / _width];
                merged[(choices[choice].Token * _width) + (i % _width)] += given[choice] * y[i];
            }
        }
        return model.NormAfterExperts ? parts.Norm($"{block}.experts_norm", merged) : merged;
    }

    private double[] Scores(double[] logits) => IsSigmoid ? [.. logits.Select(l => 1 / (1 + Math.Exp(-l)))] : [.. logits.Select(l => Math.Exp(l - LogSum(logits)))];

    private static double LogSum(double[] logits) => logits.Max() + Math.Log(logits.Sum(l => Math.Exp(l - logits.Max())));

    private double Balance(double[] scores, Choice[] choices)
    {
        double[][] shares = [.. scores.Chunk(_experts).Select(row => row.Select(s => s / row.Sum()).ToArray())];
        return _experts * Enumerable.Range(0, _experts).Sum(e => (double)choices.Count(c => c.Expert == e) / choices.Length * shares.Average(row => row[e]));
    }

    // Scaled to the sum 1 over all that a token chose, whether or not they had room for it.
    private double[] Weights(double[] scores, Choice[] choices)
    {
        double[] given = [.. choices.Select(c => scores[(c.Token * _experts) + c.Expert])];
        if (model.Routing.Weights is RouterWeights.Softmax or RouterWeights.Sigmoid)
        {
            return given;
        }
        double[] sums = new double[scores.Length / _experts];
        for (int i = 0; i < given.Length; i++)
        {
            sums[choices[i].Token] += given[i];
        }
        return [.. given.Select((w, i) => w / sums[choices[i].Token])];
    }

    private double[] Expert(string block, int expert, double[] x)
    {
        return parts.FeedForward(x, Of("input.weight")!, Of("input.bias"), Of("output.weight")!, Of("output.bias"), (int)model.ExpertWidth);

        double[]? Of(string name)
        {
            double[]? all = weights.GetValueOrDefault($"{block}.experts.{name}");
            int length = (all?.Length ?? 0) / _experts;
            return all?[(expert * length)..((expert + 1) * length)];
        }
    }
}
