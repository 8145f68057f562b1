namespace MoeScale.Training.Tests.Reference;

/// <summary>torch.optim.AdamW, step by step on one number.</summary>
internal sealed class AdamWReference(double rate, double beta1, double beta2, double epsilon, double decay)
{
    private int _step;

    public double First { get; private set; }

    public double Second { get; private set; }

    public double Step(double weight, double gradient)
    {
        _step++;
        weight *= 1 - (rate * decay);
        First = (beta1 * First) + ((1 - beta1) * gradient);
        Second = (beta2 * Second) + ((1 - beta2) * gradient * gradient);
        double first = First / (1 - Math.Pow(beta1, _step)),
            second = Second / (1 - Math.Pow(beta2, _step));
        return weight - (rate * first / (Math.Sqrt(second) + epsilon));
    }
}
