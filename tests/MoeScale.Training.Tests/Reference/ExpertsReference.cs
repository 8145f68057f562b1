using MoeScale.Models;

namespace MoeScale.Training.Tests.Reference;

/// <summary>Mixture-of-Experts layers in double precision, straight from their definition.</summary>
/// <param name="parts">Linear layers, feed-forward layers and norms.</param>
/// <param name="model">With experts.</param>
/// <param name="sequence">Tokens of a sequence.</param>
/// <param name="routes">Choices by block: those that are there hold, others are made and left here. A slope holds them fixed.</param>
/// <param name="training">Whether experts may be full.</param>
internal sealed class ExpertsReference(ReferenceModel parts, Model model, int sequence, IDictionary<string, Choice[]> routes, bool training)
{
    private readonly int _experts = (int)model.ExpertCount;
    private readonly int _width = (int)model.ModelWidth;

    private bool IsSigmoid => model.Routing.Weights is RouterWeights.Sigmoid or RouterWeights.SelectedSigmoid;

    /// <summary>Of each layer: experts · Σ f·P and the mean of ln²Σe^logit, without coefficients.</summary>
    public List<(Node Balance, Node Z)> Losses { get; } = [];

    /// <summary>Of each layer: (tokens, experts) scores.</summary>
    public List<double[]> AllScores { get; } = [];

    /// <summary>What routers add to the mean loss of the tokens, so many times.</summary>
    public Node OwnLosses(double times)
    {
        (double balance, double z) = (times * model.Routing.BalanceLoss, times * model.Routing.ZLoss);
        return parts.Tape.Add(
            [Losses.Sum(l => (balance * l.Balance.Value[0]) + (z * l.Z.Value[0]))],
            d =>
            {
                foreach ((Node ofShares, Node ofSums) in Losses)
                {
                    ofShares.Gradient[0] += balance * d[0];
                    ofSums.Gradient[0] += z * d[0];
                }
            }
        );
    }

    public Node Forward(string block, Node x)
    {
        Node logits = parts.Linear($"{block}.router", x);
        Node scores = Scores(logits);
        if (!routes.TryGetValue(block, out Choice[]? choices))
        {
            double[]? bias = parts.Parameter($"{block}.router.balance_bias")?.Value;
            routes[block] = choices = RoutingReference.Choose(model, sequence, scores.Value, bias, training);
        }
        AllScores.Add(scores.Value);
        Losses.Add((Balance(scores, choices), SquaredLogSums(logits)));
        Node given = Weights(scores, choices);
        Node merged =
            model.SharedWidth > 0
                ? parts.FeedForward($"{block}.shared_experts", x, (int)model.SharedWidth)
                : new Node(new double[x.Length]);
        for (int expert = 0; expert < _experts; expert++)
        {
            int e = expert;
            int[] served = [.. Enumerable.Range(0, choices.Length).Where(i => choices[i].Expert == e && choices[i].IsServed)];
            Node y = Expert(block, e, parts.Tape.Rows(x, _width, [.. served.Select(i => choices[i].Token)]));
            merged = Merge(merged, y, given, served, choices);
        }
        return model.NormAfterExperts ? parts.Norm($"{block}.experts_norm", merged) : merged;
    }

    private Node Scores(Node logits)
    {
        double[] scores = IsSigmoid ? [.. logits.Value.Select(l => 1 / (1 + Math.Exp(-l)))] : Softmax(logits.Value);
        return parts.Tape.Add(
            scores,
            d =>
            {
                for (int row = 0; row < d.Length; row += _experts)
                {
                    double mean = IsSigmoid ? 0 : Range(row).Sum(i => d[i] * scores[i]);
                    foreach (int i in Range(row))
                    {
                        logits.Gradient[i] += scores[i] * (IsSigmoid ? d[i] * (1 - scores[i]) : d[i] - mean);
                    }
                }
            }
        );
    }

    private double[] Softmax(double[] logits) => [.. logits.Chunk(_experts).SelectMany(row => row.Select(l => Math.Exp(l - LogSum(row))))];

    private static double LogSum(double[] logits) => logits.Max() + Math.Log(logits.Sum(l => Math.Exp(l - logits.Max())));

    private Node SquaredLogSums(Node logits)
    {
        double[] sums = [.. logits.Value.Chunk(_experts).Select(LogSum)];
        return parts.Tape.Add(
            [sums.Average(s => s * s)],
            d =>
            {
                double[] probabilities = Softmax(logits.Value);
                for (int i = 0; i < probabilities.Length; i++)
                {
                    logits.Gradient[i] += d[0] * 2 * sums[i / _experts] / sums.Length * probabilities[i];
                }
            }
        );
    }

    private Node Balance(Node scores, Choice[] choices)
    {
        int rows = scores.Length / _experts;
        double[] asked = [.. Enumerable.Range(0, _experts).Select(e => (double)choices.Count(c => c.Expert == e) / choices.Length)];
        double[] sums = [.. scores.Value.Chunk(_experts).Select(row => row.Sum())];
        // Of each row: Σ_e f·share.
        double[] terms =
        [
            .. Enumerable.Range(0, rows).Select(r => Range(r * _experts).Sum(i => asked[i % _experts] * scores.Value[i]) / sums[r]),
        ];
        return parts.Tape.Add(
            [_experts * terms.Average()],
            d =>
            {
                for (int i = 0; i < scores.Length; i++)
                {
                    int r = i / _experts;
                    scores.Gradient[i] += d[0] * _experts / rows * (asked[i % _experts] - terms[r]) / sums[r];
                }
            }
        );
    }

    // Scaled to the sum 1 over all that a token chose, whether or not they had room for it.
    private Node Weights(Node scores, Choice[] choices)
    {
        int[] at = [.. choices.Select(c => (c.Token * _experts) + c.Expert)];
        bool isScaled = model.Routing.Weights is RouterWeights.SelectedSoftmax or RouterWeights.SelectedSigmoid;
        double[] sums = new double[scores.Length / _experts];
        for (int i = 0; i < at.Length; i++)
        {
            sums[choices[i].Token] += scores.Value[at[i]];
        }
        double[] given = [.. at.Select((a, i) => isScaled ? scores.Value[a] / sums[choices[i].Token] : scores.Value[a])];
        return parts.Tape.Add(
            given,
            d =>
            {
                double[] means = new double[sums.Length];
                for (int i = 0; i < at.Length; i++)
                {
                    means[choices[i].Token] += d[i] * given[i];
                }
                for (int i = 0; i < at.Length; i++)
                {
                    int token = choices[i].Token;
                    scores.Gradient[at[i]] += isScaled ? (d[i] - means[token]) / sums[token] : d[i];
                }
            }
        );
    }

    private Node Merge(Node merged, Node y, Node given, int[] served, Choice[] choices)
    {
        int At(int i) => (choices[served[i / _width]].Token * _width) + (i % _width);
        double[] sum = [.. merged.Value];
        for (int i = 0; i < y.Length; i++)
        {
            sum[At(i)] += given.Value[served[i / _width]] * y.Value[i];
        }
        return parts.Tape.Add(
            sum,
            d =>
            {
                merged.Add(d);
                for (int i = 0; i < y.Length; i++)
                {
                    int choice = served[i / _width];
                    y.Gradient[i] += given.Value[choice] * d[At(i)];
                    given.Gradient[choice] += y.Value[i] * d[At(i)];
                }
            }
        );
    }

    private Node Expert(string block, int expert, Node x)
    {
        return parts.FeedForward(x, Of("input.weight")!, Of("input.bias"), Of("output.weight")!, Of("output.bias"), (int)model.ExpertWidth);

        Node? Of(string name)
        {
            Node? all = parts.Parameter($"{block}.experts.{name}");
            int length = (all?.Length ?? 0) / _experts;
            return all is null ? null : parts.Tape.Slice(all, expert * length, length);
        }
    }

    private IEnumerable<int> Range(int row) => Enumerable.Range(row, _experts);
}
