using MoeScale.Models;
using MoeScale.Training.Kernels.Products;

namespace MoeScale.Training.Layers;

/// <summary>y = x·Wᵀ + b, with W (out, in).</summary>
internal sealed unsafe class Linear
{
    private readonly ComputeContext _compute;
    private readonly Parameter _weight;
    private readonly Parameter? _bias;
    private readonly ColumnSums? _biasSums;
    private readonly KernelNames _kernels;

    /// <param name="plan">Of the model.</param>
    /// <param name="compute">Of the model.</param>
    /// <param name="name">"blocks.0.attention.qkv"</param>
    /// <param name="role">Of the matrix, in the census.</param>
    /// <param name="bias">Whether there is one.</param>
    /// <param name="input">Width of x.</param>
    /// <param name="output">Width of y.</param>
    public Linear(MemoryPlan plan, ComputeContext compute, string name, Role role, bool bias, int input, int output)
        : this(plan, compute, name, role, bias, plan.Matrix($"{name}.weight", role, output, input)) { }

    /// <summary>A layer with the weight of another one, and a bias of its own, if any: a tied head.</summary>
    /// <inheritdoc cref="Linear(MemoryPlan, ComputeContext, string, Role, bool, int, int)"/>
    public Linear(MemoryPlan plan, ComputeContext compute, string name, Role role, bool bias, Parameter weight)
    {
        _compute = compute;
        _kernels = role == Role.Router ? KernelNames.Router : KernelNames.Layer;
        _weight = weight;
        _bias = bias ? plan.Vector($"{name}.bias", role == Role.Head ? Role.HeadBias : Role.Biases, Output, Beginning.Zero) : null;
        _biasSums = bias ? new ColumnSums(plan, compute, Output) : null;
    }

    private int Input => _weight.Columns;

    private int Output => _weight.Rows;

    /// <summary>The bias, where another kernel adds it; null if there is none.</summary>
    public float* Bias => _bias is null ? null : _bias.Weight;

    /// <summary>The gradient of <see cref="Bias"/>; null if there is none.</summary>
    public float* BiasGradient => _bias is null ? null : _bias.Gradient;

    /// <param name="x">(rows, in)</param>
    /// <param name="y">(rows, out)</param>
    /// <param name="withBias">False where the next kernel adds it.</param>
    public void Forward(float* x, int rows, float* y, bool withBias = true)
    {
        _compute.Product.Multiply(
            new Matrix(x, rows, Input),
            Weight(_weight.Weight).Transpose(),
            new Matrix(y, rows, Output),
            bias: withBias ? Bias : null
        );
        _compute.Clock?.Mark(_kernels.Forward);
    }

    /// <summary>dW += dYᵀ·x, db += Σ_r dY.</summary>
    /// <param name="x">(rows, in), as it went forward.</param>
    /// <param name="dY">(rows, out)</param>
    /// <param name="withBias">False where another kernel saw to the bias.</param>
    public void BackwardWeights(float* x, float* dY, int rows, bool withBias = true)
    {
        _compute.Product.Multiply(
            new Matrix(dY, rows, Output).Transpose(),
            new Matrix(x, rows, Input),
            Weight(_weight.Gradient),
            add: true
        );
        _compute.Clock?.Mark(_kernels.Weights);
        if (withBias)
        {
            _biasSums?.Add(dY, rows, _bias!.Gradient);
            _compute.Clock?.Mark("bias gradients");
        }
    }

    /// <summary>dX = dY·W (+ dX).</summary>
    /// <param name="dY">(rows, out)</param>
    /// <param name="dX">(rows, in)</param>
    /// <param name="add">Whether dX is added to.</param>
    public void BackwardInput(float* dY, int rows, float* dX, bool add = false)
    {
        _compute.Product.Multiply(new Matrix(dY, rows, Output), Weight(_weight.Weight), new Matrix(dX, rows, Input), add);
        _compute.Clock?.Mark(_kernels.Input);
    }

    private Matrix Weight(float* data) => new(data, Output, Input);

    /// <summary>Under which names the time is told.</summary>
    private sealed record KernelNames(string Forward, string Weights, string Input)
    {
        public static KernelNames Layer { get; } = new("products, forward", "products, weight gradients", "products, input gradients");

        public static KernelNames Router { get; } =
            new("router products, forward", "router products, weight gradients", "router products, input gradients");
    }
}
