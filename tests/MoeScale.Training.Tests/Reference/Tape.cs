namespace MoeScale.Training.Tests.Reference;

/// <summary>An array that was computed, and the gradient by it once <see cref="Tape.Backward"/> was there.</summary>
internal sealed class Node(double[] value)
{
    private double[]? _gradient;

    public double[] Value => value;

    public int Length => value.Length;

    public double[] Gradient => _gradient ??= new double[value.Length];

    public void Add(double[] gradient)
    {
        for (int i = 0; i < gradient.Length; i++)
        {
            Gradient[i] += gradient[i];
        }
    }
}

/// <summary>
/// What was computed, in its order, each with the way back of its reference: from the gradient by a result to those by what it was made of.
/// </summary>
internal sealed class Tape
{
    private readonly Stack<Action> _ways = [];

    public Node Add(double[] value, Action<double[]> back)
    {
        Node node = new(value);
        _ways.Push(() => back(node.Gradient));
        return node;
    }

    /// <summary>The gradients of a number by all that it was made of.</summary>
    public void Backward(Node number)
    {
        number.Gradient[0] = 1;
        while (_ways.TryPop(out Action? way))
        {
            way();
        }
    }

    public Node Sum(Node x, Node y) =>
        Add(
            Zip(x.Value, y.Value),
            d =>
            {
                x.Add(d);
                y.Add(d);
            }
        );

    /// <summary>A part of an array.</summary>
    public Node Slice(Node x, int first, int count) =>
        Add(
            x.Value[first..(first + count)],
            d =>
            {
                for (int i = 0; i < count; i++)
                {
                    x.Gradient[first + i] += d[i];
                }
            }
        );

    /// <summary>Rows of a matrix, in any order.</summary>
    public Node Rows(Node x, int width, int[] rows)
    {
        double[] chosen = [.. rows.SelectMany(r => new ArraySegment<double>(x.Value, r * width, width))];
        return Add(
            chosen,
            d =>
            {
                for (int i = 0; i < d.Length; i++)
                {
                    x.Gradient[(rows[i / width] * width) + (i % width)] += d[i];
                }
            }
        );
    }

    /// <summary>y[r, o] = b[o] + Σ_i x[r, i]·W[o, i]</summary>
    public Node Linear(Node x, Node weight, Node? bias, int input)
    {
        int rows = x.Length / input,
            output = weight.Length / input;
        double[] y = new double[rows * output];
        for (int r = 0; r < rows; r++)
        {
            ReadOnlySpan<double> row = x.Value.AsSpan(r * input, input);
            for (int o = 0; o < output; o++)
            {
                ReadOnlySpan<double> w = weight.Value.AsSpan(o * input, input);
                double sum = bias is null ? 0 : bias.Value[o];
                for (int i = 0; i < w.Length; i++)
                {
                    sum += row[i] * w[i];
                }
                y[(r * output) + o] = sum;
            }
        }
        return Add(
            y,
            d =>
            {
                for (int r = 0; r < rows; r++)
                {
                    ReadOnlySpan<double> row = x.Value.AsSpan(r * input, input);
                    Span<double> dRow = x.Gradient.AsSpan(r * input, input);
                    for (int o = 0; o < output; o++)
                    {
                        double dy = d[(r * output) + o];
                        ReadOnlySpan<double> w = weight.Value.AsSpan(o * input, input);
                        Span<double> dWeight = weight.Gradient.AsSpan(o * input, input);
                        for (int i = 0; i < w.Length; i++)
                        {
                            dRow[i] += dy * w[i];
                            dWeight[i] += dy * row[i];
                        }
                        if (bias is not null)
                        {
                            bias.Gradient[o] += dy;
                        }
                    }
                }
            }
        );
    }

    private static double[] Zip(double[] x, double[] y)
    {
        double[] sum = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            sum[i] = x[i] + y[i];
        }
        return sum;
    }
}
