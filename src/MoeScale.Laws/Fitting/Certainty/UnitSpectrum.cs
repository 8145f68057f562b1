using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace MoeScale.Laws.Fitting.Certainty;

/// <summary>
/// Eigenvalues of a symmetric matrix that is scaled to a diagonal of ones, and the inverse over the directions that rounding does not
/// decide.
/// </summary>
internal sealed class UnitSpectrum
{
    // Of the largest eigenvalue: below this, rounding decides.
    private const double SmallestEigenvalue = 1e-13;

    /// <param name="matrix">Symmetric, with a diagonal above zero.</param>
    public UnitSpectrum(Matrix<double> matrix)
    {
        int p = matrix.RowCount;
        Vector<double> scale = matrix.Diagonal().Map(d => 1 / Math.Sqrt(d));
        Evd<double> eigen = Matrix<double>
            .Build.Dense(p, p, (i, j) => i == j ? 1 : matrix[i, j] * scale[i] * scale[j])
            .Evd(Symmetricity.Symmetric);
        double[] values = [.. eigen.EigenValues.Select(v => v.Real)];
        double largest = values.Max();
        Condition = largest / values.Min();
        List<Vector<double>> lost = [];
        Matrix<double> inverse = Matrix<double>.Build.Dense(p, p);
        for (int k = 0; k < p; k++)
        {
            Vector<double> direction = eigen.EigenVectors.Column(k);
            if (values[k] > SmallestEigenvalue * largest)
            {
                inverse += direction.OuterProduct(direction) / values[k];
            }
            else
            {
                lost.Add(direction);
            }
        }
        Lost = lost;
        Matrix<double> d = Matrix<double>.Build.DenseOfDiagonalVector(scale);
        Inverse = d * inverse * d;
    }

    /// <summary>Largest over smallest eigenvalue.</summary>
    public double Condition { get; }

    /// <summary>Directions, of the scaled matrix, whose eigenvalue is nothing but rounding.</summary>
    public IReadOnlyList<Vector<double>> Lost { get; }

    /// <summary>The inverse of the matrix itself, without these directions.</summary>
    public Matrix<double> Inverse { get; }
}
